# A network as plain data: three ranges of one.
terraform {
  required_version = ">= 1.6.0"
}

variable "cidr" {
  description = "The range of the network."
  type        = string
  default     = "10.20.0.0/16"
}

resource "terraform_data" "plan" {
  input = [for index in range(3) : cidrsubnet(var.cidr, 3, index)]
}

output "plan" {
  description = "The ranges."
  value       = terraform_data.plan.output
}
