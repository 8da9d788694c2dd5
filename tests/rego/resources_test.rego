package lockstep.resources_test

import data.lockstep.making
import data.lockstep.resources
import rego.v1

test_hcl_and_plans_give_the_same_resource if {
	written := {each.values | some each in resources.all with input as making.hcl("t", {"a": 1})}
	planned := {each.values | some each in resources.all with input as making.plan("t", {"a": 1}, {})}
	written == {{"a": 1}}
	planned == written
}

test_what_is_known_later_stands_for_any_value if {
	some each in resources.all with input as making.plan("t", {"a": null}, {"a": true})
	resources.later(each.values.a)
}

test_what_a_plan_deletes_is_nothing if {
	count(resources.all) == 0 with input as making.plan("t", null, {})
}

test_terraform_in_json_has_bodies_of_its_own if {
	given := [{"path": "a.tf.json", "contents": {"resource": {"t": {"one": {"a": 1}}}}}]
	some each in resources.all with input as given
	each.values == {"a": 1}
	each.folder == ""
}

test_a_resource_is_about_what_it_names_in_its_own_folder if {
	given := making.pair("aws_s3_bucket", {"bucket": "x"}, "p", {"bucket": "${aws_s3_bucket.one.id}"})
	found := resources.about(bucket, "p", "bucket") with input as given
	count(found) == 1
}

test_a_resource_of_another_folder_is_not_about_it if {
	given := [{"path": "iac/two/main.tf", "contents": {"resource": {"p": {"o": [{"bucket": "${aws_s3_bucket.one.id}"}]}}}}]
	found := resources.about(bucket, "p", "bucket") with input as given
	count(found) == 0
}

test_a_longer_name_is_another_resource if {
	given := making.pair("aws_s3_bucket", {"bucket": "x"}, "p", {"bucket": "${aws_s3_bucket.one_more.id}"})
	found := resources.about(bucket, "p", "bucket") with input as given
	count(found) == 0
}

test_a_plan_tells_what_a_resource_names_in_its_configuration if {
	given := [{"path": "plan.json", "contents": {
		"configuration": {"root_module": {"resources": [{
			"type": "p",
			"name": "o",
			"expressions": {"bucket": {"references": ["aws_s3_bucket.one.id", "aws_s3_bucket.one"]}},
		}]}},
		"resource_changes": [{"mode": "managed", "type": "p", "name": "o", "change": {"after": {}, "after_unknown": {"bucket": true}}}],
	}}]
	one := object.union(bucket, {"folder": "plan.json"})
	found := resources.about(one, "p", "bucket") with input as given
	count(found) == 1
}

bucket := {"type": "aws_s3_bucket", "name": "one", "folder": "iac/one", "values": {"bucket": "x"}}
