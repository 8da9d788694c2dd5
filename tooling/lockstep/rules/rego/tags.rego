# Whoever pays for a resource, answers for it and may take it away is known by its tags (CI-CL-001).
package lockstep.tags

import data.lockstep.resources
import rego.v1

required := {"env", "service", "tenant", "owner", "cost_center"}

# Types that cost something or hold something, and take tags.
taggable := {
	"aws_api_gateway_rest_api", "aws_apigatewayv2_api", "aws_athena_workgroup", "aws_backup_vault",
	"aws_cloudfront_distribution", "aws_cloudtrail", "aws_cloudwatch_log_group", "aws_codebuild_project",
	"aws_cognito_user_pool", "aws_db_instance", "aws_dynamodb_table", "aws_ebs_volume", "aws_ecr_repository",
	"aws_ecs_cluster", "aws_ecs_service", "aws_ecs_task_definition", "aws_efs_file_system", "aws_eip",
	"aws_eks_cluster", "aws_eks_node_group", "aws_elasticache_cluster", "aws_elasticache_replication_group",
	"aws_elasticsearch_domain", "aws_iam_role", "aws_instance", "aws_kinesis_firehose_delivery_stream",
	"aws_kinesis_stream", "aws_kms_key", "aws_lambda_function", "aws_lb", "aws_lb_target_group", "aws_mq_broker",
	"aws_msk_cluster", "aws_nat_gateway", "aws_neptune_cluster", "aws_network_acl", "aws_opensearch_domain",
	"aws_rds_cluster", "aws_redshift_cluster", "aws_route53_zone", "aws_s3_bucket", "aws_secretsmanager_secret",
	"aws_security_group", "aws_sfn_state_machine", "aws_sns_topic", "aws_sqs_queue", "aws_ssm_parameter", "aws_subnet",
	"aws_vpc", "aws_vpc_endpoint", "aws_wafv2_web_acl",
	"azurerm_container_registry", "azurerm_key_vault", "azurerm_kubernetes_cluster", "azurerm_linux_virtual_machine",
	"azurerm_mssql_server", "azurerm_postgresql_flexible_server", "azurerm_resource_group", "azurerm_storage_account",
	"azurerm_virtual_network",
}

deny contains found if {
	some resource in resources.all
	wants(resource)
	missing := required - (tags(resource) | defaults(resource.folder))
	count(missing) > 0
	message := sprintf("%s.%s lacks the tags %s", [resource.type, resource.name, concat(", ", sort(missing))])
	found := resources.finding(resource, "required-tags", message)
}

wants(resource) if resource.type in taggable

wants(resource) if is_object(object.get(resource.values, "tags", null))

# Names of tags that have a value; all of them where they are known only later.
tags(resource) := named(object.get(resource.values, "tags_all", object.get(resource.values, "tags", {})))

named(written) := required if {
	resources.later(written)
} else := required if {
	some key, _ in written
	resources.later(key)
} else := {key | some key, value in written; not value in {"", null}} if {
	is_object(written)
} else := set()

# Tags that the provider gives to everything in the folder.
defaults(folder) := union({named(written) |
	some file in input
	resources.folder(file.path) == folder
	some provider in file.contents.provider.aws
	some block in resources.blocks(provider, "default_tags")
	written := block.tags
})
