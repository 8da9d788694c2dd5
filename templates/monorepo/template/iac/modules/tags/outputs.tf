output "tags" {
  description = "The required tags by name."
  value       = local.tags
}
