"""Events as AWS sends them, one factory per source: ``sqs(Order(id=7))``, ``sqs(sns(s3("photos", "a.jpg")))``.

Few arguments are needed and every field has a keyword. Two equal calls make equal events. What AWS would never send is refused
with the rule that says so: :class:`~eventrouter.errors.ImpossibleEventError`.
"""

from ._made import ACCOUNT, MOMENT, REGION, Ids, RandomIds
from .activemq import activemq, activemq_record
from .alb import alb, alb_health_check
from .apigw_http import apigw_http
from .apigw_rest import apigw_rest, apigw_rest_test
from .cloudwatch_logs import cloudwatch_logs, cloudwatch_logs_control, cloudwatch_logs_record
from .direct import console_test, direct
from .documentdb import documentdb, documentdb_record
from .dynamodb import dynamodb, dynamodb_record
from .eventbridge import eventbridge
from .firehose import firehose, firehose_record
from .function_url import function_url
from .identity import Identity, cognito_user_pool, iam, jwt, lambda_authorizer, oidc
from .kafka import kafka, kafka_record
from .kinesis import kinesis, kinesis_record, kpl_aggregate
from .pipes import pipes
from .rabbitmq import rabbitmq, rabbitmq_record
from .s3 import s3, s3_record, s3_test_event
from .schedule import schedule
from .sns import sns, sns_record
from .sqs import sqs, sqs_record
from .vpc_lattice_v1 import vpc_lattice_v1
from .vpc_lattice_v2 import vpc_lattice_v2
from .window import window, window_end

__all__ = [
    "ACCOUNT", "MOMENT", "REGION", "Identity", "Ids", "RandomIds", "activemq", "activemq_record", "alb",
    "alb_health_check", "apigw_http", "apigw_rest", "apigw_rest_test", "cloudwatch_logs", "cloudwatch_logs_control",
    "cloudwatch_logs_record", "cognito_user_pool", "console_test", "direct", "documentdb", "documentdb_record",
    "dynamodb", "dynamodb_record", "eventbridge", "firehose", "firehose_record", "function_url", "iam", "jwt", "kafka",
    "kafka_record", "kinesis", "kinesis_record", "kpl_aggregate", "lambda_authorizer", "oidc", "pipes", "rabbitmq",
    "rabbitmq_record", "s3", "s3_record", "s3_test_event", "schedule", "sns", "sns_record", "sqs", "sqs_record",
    "vpc_lattice_v1", "vpc_lattice_v2", "window", "window_end",
]  # fmt: skip
