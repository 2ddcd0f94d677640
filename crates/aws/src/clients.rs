//! One client for each service of AWS, sharing credentials and connections.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};

use crate::settings::AwsSettings;

/// How often a call is tried before its failure is told; those between are told apart by their error's kind.
const ATTEMPTS: u32 = 4;

/// The clients.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) glacier: aws_sdk_glacier::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ses: aws_sdk_sesv2::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

/// Region, credentials and endpoints as every AWS program finds them; timeouts and tries as set.
pub async fn configuration(settings: &AwsSettings) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(std::time::Duration::from_secs(3))
        .operation_attempt_timeout(settings.attempt_timeout)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if !settings.region.is_empty() {
        loader = loader.region(Region::new(settings.region.clone()));
    }
    loader.load().await
}

impl Clients {
    /// All of one configuration.
    pub(crate) fn new(shared: &SdkConfig, settings: &AwsSettings) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(shared).force_path_style(settings.path_style).build();
        Self {
            cloudwatch: aws_sdk_cloudwatch::Client::new(shared),
            dynamodb: aws_sdk_dynamodb::Client::new(shared),
            glacier: aws_sdk_glacier::Client::new(shared),
            s3: aws_sdk_s3::Client::from_conf(s3),
            ses: aws_sdk_sesv2::Client::new(shared),
            sns: aws_sdk_sns::Client::new(shared),
            sqs: aws_sdk_sqs::Client::new(shared),
        }
    }
}
