"""List prices of AWS in US dollars, region us-east-1. Check them: they change, and other regions are dearer."""

NOTED = "November 2026, from memory of the public price list; check before you rely on them"

HOURS_A_MONTH = 730

# An hour.
INSTANCE = {"m6i.large": 0.096, "t3.medium": 0.0416, "t3.micro": 0.0104}
# Spot as a share of the list price; it moves.
SPOT_SHARE = 0.35
LOAD_BALANCER = 0.0225
LOAD_BALANCER_UNIT = 0.008
INTERFACE_ENDPOINT = 0.01
PUBLIC_ADDRESS = 0.005

# A month.
DISK_GIB = 0.08
ALARM = 0.10
DASHBOARD = 3.00
SECRET = 0.40
HOT_GIB = 0.023
COLD_GIB = {"GLACIER": 0.0036, "DEEP_ARCHIVE": 0.00099}

# Per million.
S3_WRITES = 5.00
S3_READS = 0.40
ARCHIVE_WRITES = {"GLACIER": 30.00, "DEEP_ARCHIVE": 50.00}
TABLE_WRITES = 0.625
TABLE_READS = 0.125
QUEUE_CALLS = 0.40
TOPIC_CALLS = 0.50
MAILS = 100.00
FUNCTION_CALLS = 0.20
FUNCTION_GIB_SECONDS = 16.67
# Per GiB that leaves AWS.
OUT_GIB = 0.09
