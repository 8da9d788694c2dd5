package lockstep.logs_test

import data.lockstep.logs
import data.lockstep.making
import rego.v1

test_logs_are_not_kept_for_ever if {
	making.rules(logs.deny) == {"log-retention"} with input as making.hcl("aws_cloudwatch_log_group", {})
	count(logs.deny) == 1 with input as making.hcl("aws_cloudwatch_log_group", {"retention_in_days": 0})
	count(logs.deny) == 1 with input as making.plan("aws_cloudwatch_log_group", {"retention_in_days": null}, {})
}

test_any_time_that_somebody_decided_is_fine if {
	count(logs.deny) == 0 with input as making.hcl("aws_cloudwatch_log_group", {"retention_in_days": 30})
	count(logs.deny) == 0 with input as making.hcl("aws_cloudwatch_log_group", {"retention_in_days": "${var.days}"})
}
