# The network of one environment: three zones, private subnets for services, small ones for the way out.
# The plan is plain data, so that it is checked without an account; a cloud's resources take it from `plan`.
module "tags" {
  source = "../modules/tags"

  env         = var.env
  service     = "network"
  tenant      = var.tenant
  owner       = var.owner
  cost_center = var.cost_center
}

locals {
  private = {
    for index, zone in var.zones : "${var.region}${zone}" => cidrsubnet(var.cidr, 3, index)
  }
  egress = {
    for index, zone in var.zones : "${var.region}${zone}" => cidrsubnet(var.cidr, 8, 224 + index)
  }
}

resource "terraform_data" "plan" {
  input = {
    cidr    = var.cidr
    private = local.private
    egress  = local.egress
    tags    = module.tags.tags
  }
}
