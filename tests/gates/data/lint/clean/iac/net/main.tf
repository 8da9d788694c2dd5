variable "region" {
  type        = string
  description = "Where it runs."
}
