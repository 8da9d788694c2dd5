# Logs are kept for a time that somebody decided, not for ever.
package lockstep.logs

import data.lockstep.resources
import rego.v1

deny contains found if {
	some resource in resources.all
	resource.type == "aws_cloudwatch_log_group"
	object.get(resource.values, "retention_in_days", 0) in {0, null}
	message := sprintf("aws_cloudwatch_log_group.%s keeps logs for ever: set retention_in_days", [resource.name])
	found := resources.finding(resource, "log-retention", message)
}
