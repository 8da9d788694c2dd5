# What Terraform, tflint and nobody else can tell is wrong.
terraform {
  required_version = ">= 1.6.0"
}

variable "cidr" {
  description = "The range of the network."
  type        = number
  default     = "10.20.0.0/16"
}

resource "terraform_data" "plan" {
  input = "${var.cidr}"
}
