variables {
  env         = "dev"
  owner       = "platform"
  cost_center = "cc-1000"
  region      = "ca-central-1"
}

run "three_zones" {
  command = plan

  assert {
    condition     = output.private_subnets["ca-central-1b"] == "10.20.32.0/19"
    error_message = "The second zone has the second range."
  }

  assert {
    condition     = length(output.tags) == 5
    error_message = "Every required tag is there."
  }
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["a", "b"]
  }

  expect_failures = [var.zones]
}
