variable "env" {
  description = "The environment: dev, test, stg or prod."
  type        = string

  validation {
    condition     = contains(["dev", "test", "stg", "prod"], var.env)
    error_message = "The environment is dev, test, stg or prod."
  }
}

variable "service" {
  description = "The service that the resource works for."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]+$", var.service))
    error_message = "A service is named in lower-case letters, digits and hyphens."
  }
}

variable "tenant" {
  description = "The tenant that the resource works for, or shared."
  type        = string
  default     = "shared"
}

variable "owner" {
  description = "The team that answers for the resource."
  type        = string

  validation {
    condition     = length(trimspace(var.owner)) > 0
    error_message = "A resource has an owner."
  }
}

variable "cost_center" {
  description = "The cost centre that pays for the resource, for example cc-1000."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,4}-[0-9]{3,6}$", var.cost_center))
    error_message = "A cost centre has the form cc-1000."
  }
}
