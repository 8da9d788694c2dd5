variable "env" {
  description = "The environment: dev, test, stg or prod."
  type        = string
}

variable "tenant" {
  description = "The tenant that the network belongs to, or shared."
  type        = string
  default     = "shared"
}

variable "owner" {
  description = "The team that answers for the network."
  type        = string
}

variable "cost_center" {
  description = "The cost centre that pays for the network."
  type        = string
}

variable "region" {
  description = "The cloud region, for example ca-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region has the form ca-central-1."
  }
}

variable "zones" {
  description = "The letters of the availability zones; a network spans three."
  type        = list(string)
  default     = ["a", "b", "d"]

  validation {
    condition     = length(distinct(var.zones)) == 3
    error_message = "A network spans three zones."
  }
}

variable "cidr" {
  description = "The address range of the network, a /16 to a /20."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "The range is an IPv4 /16 to /20."
  }
}
