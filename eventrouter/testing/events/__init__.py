"""Events as AWS sends them, one factory per source: ``sqs(Order(id=7))``, ``sqs(sns(s3("photos", "a.jpg")))``.

Few arguments are needed and every field has a keyword. Two equal calls make equal events. What AWS would never send is refused
with the rule that says so: :class:`~eventrouter.errors.ImpossibleEventError`.
"""

from ._made import ACCOUNT, MOMENT, REGION, Ids, RandomIds
from .activemq import activemq, activemq_record
from .alb import alb, alb_health_check
from .apigw_authorizer_request import apigw_authorizer_request
from .apigw_authorizer_token import apigw_authorizer_token
from .apigw_authorizer_v2 import apigw_authorizer_v2
from .apigw_http import apigw_http
from .apigw_rest import apigw_rest, apigw_rest_test
from .appsync import appsync, appsync_authorizer, appsync_batch, appsync_events
from .bedrock_agent import bedrock_agent, bedrock_agent_function
from .cloudformation import cloudformation
from .cloudwatch_alarm import cloudwatch_alarm
from .cloudwatch_logs import cloudwatch_logs, cloudwatch_logs_control, cloudwatch_logs_record
from .codecommit import codecommit
from .codepipeline_job import codepipeline_job
from .cognito import cognito
from .config import config
from .connect import connect
from .direct import console_test, direct
from .documentdb import documentdb, documentdb_record
from .durable import durable
from .dynamodb import dynamodb, dynamodb_record
from .eventbridge import eventbridge
from .firehose import firehose, firehose_record
from .function_url import function_url
from .identity import Identity, cognito_user_pool, iam, jwt, lambda_authorizer, oidc
from .iot import iot, iot_authorizer, iot_button, iot_one_click, iot_provisioning
from .kafka import kafka, kafka_record
from .kinesis import kinesis, kinesis_record, kpl_aggregate
from .lambda_destination import lambda_destination
from .lex import lex, lex_v1
from .pipes import pipes
from .rabbitmq import rabbitmq, rabbitmq_record
from .s3 import s3, s3_record, s3_test_event
from .s3_batch import s3_batch
from .s3_object_lambda import s3_object_lambda
from .schedule import schedule
from .secretsmanager_rotation import secretsmanager_rotation
from .ses import ses
from .sns import sns, sns_record
from .sqs import sqs, sqs_record
from .transfer_family import transfer_family
from .vpc_lattice_v1 import vpc_lattice_v1
from .vpc_lattice_v2 import vpc_lattice_v2
from .websocket import websocket
from .window import window, window_end

__all__ = [
    "ACCOUNT", "MOMENT", "REGION", "Identity", "Ids", "RandomIds", "activemq", "activemq_record", "alb",
    "alb_health_check", "apigw_authorizer_request", "apigw_authorizer_token", "apigw_authorizer_v2", "apigw_http",
    "apigw_rest", "apigw_rest_test", "appsync", "appsync_authorizer", "appsync_batch", "appsync_events",
    "bedrock_agent", "bedrock_agent_function", "cloudformation", "cloudwatch_alarm", "cloudwatch_logs",
    "cloudwatch_logs_control", "cloudwatch_logs_record", "codecommit", "codepipeline_job", "cognito",
    "cognito_user_pool", "config", "connect", "console_test", "direct", "documentdb", "documentdb_record", "durable",
    "dynamodb", "dynamodb_record", "eventbridge", "firehose", "firehose_record", "function_url", "iam", "iot",
    "iot_authorizer", "iot_button", "iot_one_click", "iot_provisioning", "jwt", "kafka", "kafka_record", "kinesis",
    "kinesis_record", "kpl_aggregate", "lambda_authorizer", "lambda_destination", "lex", "lex_v1", "oidc", "pipes",
    "rabbitmq", "rabbitmq_record", "s3", "s3_batch", "s3_object_lambda", "s3_record", "s3_test_event", "schedule",
    "secretsmanager_rotation", "ses", "sns", "sns_record", "sqs", "sqs_record", "transfer_family", "vpc_lattice_v1",
    "vpc_lattice_v2", "websocket", "window", "window_end",
]  # fmt: skip
