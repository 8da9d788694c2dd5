"""Resources of CloudFormation, right and wrong in one thing each: types and properties."""

from collections.abc import Iterator, Sequence
from typing import Any

Properties = Any
_REF = {"Ref": "Given"}
_IF = {"Fn::If": ["Wanted", True, False]}
_TAGS = [{"Key": key, "Value": "x"} for key in ("env", "service", "tenant", "owner", "cost_center")]
_SWITCHES = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
_KEYS = (
    ("AWS::Backup::BackupVault", "EncryptionKeyArn"),
    ("AWS::CloudTrail::Trail", "KMSKeyId"),
    ("AWS::DocDB::DBCluster", "KmsKeyId"),
    ("AWS::DynamoDB::Table", "SSESpecification", "KMSMasterKeyId"),
    ("AWS::EC2::Volume", "KmsKeyId"),
    ("AWS::ECR::Repository", "EncryptionConfiguration", "KmsKey"),
    ("AWS::EFS::FileSystem", "KmsKeyId"),
    ("AWS::ElastiCache::ReplicationGroup", "KmsKeyId"),
    ("AWS::Elasticsearch::Domain", "EncryptionAtRestOptions", "KmsKeyId"),
    ("AWS::Kinesis::Stream", "StreamEncryption", "KeyId"),
    ("AWS::Logs::LogGroup", "KmsKeyId"),
    ("AWS::Neptune::DBCluster", "KmsKeyId"),
    ("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions", "KmsKeyId"),
    ("AWS::RDS::DBCluster", "KmsKeyId"),
    ("AWS::RDS::DBInstance", "KmsKeyId"),
    ("AWS::Redshift::Cluster", "KmsKeyId"),
    ("AWS::SNS::Topic", "KmsMasterKeyId"),
    ("AWS::SQS::Queue", "KmsMasterKeyId"),
    ("AWS::SecretsManager::Secret", "KmsKeyId"),
)
_NO_KEY_OR_ONE = (None, "", "alias/aws/s3", "arn:aws:kms:eu-west-1:1:alias/aws/rds", "alias/own", _REF)
_PRINCIPALS = (
    *("*", "arn:aws:iam::*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": "arn:aws:iam::*"}, {"AWS": _REF}, {"Service": "s3"}),
    *({"AWS": ["arn:aws:iam::1:root", "*"]}, {"AWS": "arn:aws:iam::1:root"}, {"AWS": ["arn:aws:iam::1:root"]}),
)
_ANYBODY = {"Effect": "Allow", "Principal": "*"}


def _nested(path: Sequence[str], value: Properties) -> Properties:
    return {path[0]: _nested(path[1:], value)} if path else value


def _keys() -> Iterator[Properties]:
    for of, *path in _KEYS:
        yield from ((of, {}), (of, None), *((of, _nested(path, key)) for key in _NO_KEY_OR_ONE))
    in_bucket = ("BucketEncryption", "ServerSideEncryptionConfiguration")
    for key in _NO_KEY_OR_ONE:
        rules = [{"ServerSideEncryptionByDefault": {"KMSMasterKeyID": key}}]
        yield "AWS::S3::Bucket", _nested(in_bucket, rules)
    yield "AWS::S3::Bucket", _nested(in_bucket, [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}])
    yield "AWS::S3::Bucket", {"BucketEncryption": _REF}
    for disk in ({}, {"Encrypted": True}, {"Encrypted": False}, {"Encrypted": "false"}, {"Encrypted": _IF}):
        first = {"DeviceName": "a", "Ebs": {"Encrypted": True}}
        yield "AWS::EC2::Instance", {"BlockDeviceMappings": [first, {"DeviceName": "b", "Ebs": disk}]}
    yield "AWS::EC2::Instance", {"BlockDeviceMappings": [{"DeviceName": "a", "VirtualName": "b"}]}


def _tags() -> Iterator[Properties]:
    for tags in (
        *([], None, _REF, _IF, _TAGS, _TAGS[:3], [*_TAGS[:4], {"Key": "cost_center"}]),
        *([{**_TAGS[0], "Value": ""}, *_TAGS[1:]], [{**_TAGS[0], "Value": _REF}, *_TAGS[1:]]),
    ):
        yield "AWS::EC2::VPC", {"Tags": tags}


def _buckets() -> Iterator[Properties]:
    for name in _SWITCHES:
        for value in (False, "false", True, "true", _IF, None):
            yield "AWS::S3::Bucket", {"PublicAccessBlockConfiguration": {**_SWITCHES, name: value}}
    yield "AWS::S3::Bucket", {"PublicAccessBlockConfiguration": _IF}
    for acl in ("PublicRead", "PublicReadWrite", "AuthenticatedRead", "Private", _REF, None):
        yield "AWS::S3::Bucket", {"AccessControl": acl}


def _networks() -> Iterator[Properties]:
    closed = {"CidrIp": "10.0.0.0/8", "FromPort": 22, "ToPort": 22}
    for rule in (
        closed,
        {**closed, "CidrIp": "0.0.0.0/0"},
        {**closed, "CidrIpv6": "::/0"},
        {**closed, "CidrIp": _REF},
        {"CidrIp": "0.0.0.0/0", "FromPort": 443, "ToPort": 443},
        {"CidrIp": "0.0.0.0/0", "FromPort": "443", "ToPort": "443"},
        {"CidrIp": "0.0.0.0/0", "FromPort": 443, "ToPort": 444},
        {"CidrIp": "0.0.0.0/0", "FromPort": _REF, "ToPort": _REF},
        {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"},
    ):
        yield "AWS::EC2::SecurityGroupIngress", rule
        yield "AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [closed, rule]}
    made: Sequence[Properties] = (
        *({}, {"EndpointPublicAccess": True}, {"EndpointPublicAccess": False}, {"EndpointPublicAccess": "false"}),
        *({"PublicAccessCidrs": []}, {"PublicAccessCidrs": ["10.0.0.0/8"]}),
        *({"PublicAccessCidrs": ["10.0.0.0/8", "0.0.0.0/0"]}, {"EndpointPublicAccess": _REF}),
    )
    yield from (("AWS::EKS::Cluster", {"ResourcesVpcConfig": settings}) for settings in made)
    yield "AWS::EKS::Cluster", {}


def _policies() -> Iterator[Properties]:
    for of in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::ECR::Repository"):
        name = "RepositoryPolicyText" if of == "AWS::ECR::Repository" else "PolicyDocument"
        for statement in (
            *([{"Effect": "Allow", "Principal": principal}] for principal in _PRINCIPALS),
            *([{"Effect": "Deny", "Principal": "*"}], [{**_ANYBODY, "Condition": {"a": {}}}], _ANYBODY),
            [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}}, _ANYBODY],
        ):
            yield of, {name: {"Statement": statement}}


def _transport() -> Iterator[Properties]:
    for value in (True, False, "true", "false", _IF, None):
        yield "AWS::ElastiCache::ReplicationGroup", {"TransitEncryptionEnabled": value}
        for of in ("AWS::Elasticsearch::Domain", "AWS::OpenSearchService::Domain"):
            https = {"DomainEndpointOptions": {"EnforceHTTPS": value}}
            yield of, https
            yield of, {**https, "NodeToNodeEncryptionOptions": {"Enabled": True}}
    for broker in ("TLS", "PLAINTEXT", "TLS_PLAINTEXT", _REF):
        yield "AWS::MSK::Cluster", _nested(("EncryptionInfo", "EncryptionInTransit", "ClientBroker"), broker)
    for listener in (
        *({"Protocol": "HTTP"}, {"Protocol": "TCP"}, {"Protocol": _REF}, {"Protocol": "HTTPS"}),
        {"Protocol": "HTTP", "DefaultActions": [{"RedirectConfig": {"Protocol": "HTTPS"}}]},
        {"Protocol": "HTTP", "DefaultActions": [{"Type": "forward"}]},
        {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"},
        {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS-1-2-2017-01"},
        {"Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"Protocol": "TLS", "SslPolicy": _REF},
    ):
        yield "AWS::ElasticLoadBalancingV2::Listener", listener
    for protocols in (["HTTP"], ["TCP"], ["TCP", "HTTP"]):
        yield "AWS::ElasticLoadBalancing::LoadBalancer", {"Listeners": [{"Protocol": each} for each in protocols]}
    for first, other in (("allow-all", "https-only"), ("https-only", "allow-all"), ("https-only", "redirect-to-https")):
        behaviours = {
            "DefaultCacheBehavior": {"ViewerProtocolPolicy": first},
            "CacheBehaviors": [{"ViewerProtocolPolicy": other}],
        }
        yield "AWS::CloudFront::Distribution", {"DistributionConfig": behaviours}
    for days in (1, None, _REF):
        yield "AWS::Logs::LogGroup", {"RetentionInDays": days}


RESOURCES: tuple[tuple[str, Properties], ...] = (
    *(*_keys(), *_tags(), *_buckets(), *_networks(), *_policies(), *_transport()),
)
