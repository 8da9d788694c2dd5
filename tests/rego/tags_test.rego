package lockstep.tags_test

import data.lockstep.making
import data.lockstep.tags
import rego.v1

whole := {"env": "dev", "service": "a", "tenant": "b", "owner": "c", "cost_center": "d"}

test_all_tags_are_enough if {
	count(tags.deny) == 0 with input as making.hcl("aws_s3_bucket", {"tags": whole})
}

test_each_tag_is_required if {
	every tag in tags.required {
		less := object.remove(whole, [tag])
		some found in tags.deny with input as making.hcl("aws_s3_bucket", {"tags": less})
		endswith(found.msg, concat(" ", ["lacks the tags", tag]))
	}
}

test_no_tags_at_all_lack_them_all if {
	some found in tags.deny with input as making.hcl("aws_sqs_queue", {})
	endswith(found.msg, "lacks the tags cost_center, env, owner, service, tenant")
}

test_an_empty_tag_is_none if {
	count(tags.deny) == 1 with input as making.hcl("aws_vpc", {"tags": object.union(whole, {"owner": ""})})
}

test_what_takes_no_tags_needs_none if {
	count(tags.deny) == 0 with input as making.hcl("aws_s3_bucket_acl", {"acl": "private"})
}

test_any_resource_that_is_given_some_tags_needs_them_all if {
	count(tags.deny) == 1 with input as making.hcl("cloud_thing", {"tags": {"env": "dev"}})
}

test_tags_from_elsewhere_are_believed if {
	count(tags.deny) == 0 with input as making.hcl("aws_vpc", {"tags": "${module.tags.tags}"})
}

test_tags_whose_names_are_known_later_are_believed if {
	count(tags.deny) == 0 with input as making.hcl("aws_vpc", {"tags": {"${local.key}": "x"}})
}

test_the_provider_can_give_tags_to_everything_in_its_folder if {
	provider := {"path": "iac/one/p.tf", "contents": {"provider": {"aws": [{"default_tags": [{"tags": whole}]}]}}}
	count(tags.deny) == 0 with input as array.concat(making.hcl("aws_vpc", {}), [provider])
}

test_the_provider_of_another_folder_gives_nothing if {
	provider := {"path": "iac/two/p.tf", "contents": {"provider": {"aws": [{"default_tags": [{"tags": whole}]}]}}}
	count(tags.deny) == 1 with input as array.concat(making.hcl("aws_vpc", {}), [provider])
}

test_a_plan_knows_all_tags if {
	count(tags.deny) == 0 with input as making.plan("aws_vpc", {"tags": {}, "tags_all": whole}, {})
	count(tags.deny) == 1 with input as making.plan("aws_vpc", {"tags": null, "tags_all": {"env": "dev"}}, {})
	count(tags.deny) == 0 with input as making.plan("aws_vpc", {"tags": null}, {"tags_all": true})
}
