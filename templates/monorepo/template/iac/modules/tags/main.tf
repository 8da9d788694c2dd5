# The tags that every resource carries; nothing is made without them.
locals {
  tags = {
    env         = var.env
    service     = var.service
    tenant      = var.tenant
    owner       = var.owner
    cost_center = var.cost_center
  }
}
