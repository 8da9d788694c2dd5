output "private_subnets" {
  description = "The address range of the services' subnet in each zone."
  value       = local.private
}

output "egress_subnets" {
  description = "The address range of the way out in each zone."
  value       = local.egress
}

output "tags" {
  description = "The tags that everything in the network carries."
  value       = module.tags.tags
}
