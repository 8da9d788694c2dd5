provider "registry.example/acme/lanterns" {
  version     = "5.1.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  ]
}
