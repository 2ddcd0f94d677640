// Asks the emulator of AWS what a test wants to know, past the program under test. The emulator reads which service is
// meant from the signature's scope and checks no signature.
const endpoint = process.env.GAS_TEST_MINISTACK;
if (!endpoint) throw new Error("no emulator: run this by `make test-cloud`, or under `scripts/with-emulators`");

async function call(service, body, headers) {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`;
  const answer = await fetch(endpoint, { method: "POST", body, headers: { authorization, ...headers } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service}: ${answer.status} ${text.slice(0, 2000)}`);
  return text;
}

/** An operation of a service that speaks JSON, such as `json("dynamodb", "DynamoDB_20120810.Scan", {…})`. */
export async function json(service, target, body) {
  return JSON.parse(await call(service, JSON.stringify(body), { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" }));
}

/** An operation of a service that speaks the query protocol; gives its XML. */
export function query(service, parameters) {
  return call(service, new URLSearchParams(parameters), { "content-type": "application/x-www-form-urlencoded" });
}

/** Stops Lambda from taking from the queues whose names begin so. */
export async function stopFunctions(prefix) {
  const authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
  const path = `${endpoint}/2015-03-31/event-source-mappings/`;
  const { EventSourceMappings } = await (await fetch(path, { headers: { authorization } })).json();
  for (const { UUID, EventSourceArn } of EventSourceMappings.filter((mapping) => mapping.EventSourceArn.includes(`:${prefix}`))) {
    const answer = await fetch(path + UUID, { method: "PUT", body: JSON.stringify({ Enabled: false }), headers: { authorization } });
    if (!answer.ok) throw new Error(`stopping what takes from ${EventSourceArn}: ${answer.status}`);
  }
}

/** What stands between that tag, each time. */
export function texts(xml, tag) {
  const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, "\"").replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replace(/&amp;/g, "&");
  return [...xml.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))].map((match) => unescape(match[1]));
}

/** All items of a table, in DynamoDB's notation made plain. */
export async function items(table) {
  const plain = (value) => {
    const [[kind, content]] = Object.entries(value);
    if (kind === "M") return Object.fromEntries(Object.entries(content).map(([name, inner]) => [name, plain(inner)]));
    if (kind === "L") return content.map(plain);
    return kind === "N" ? Number(content) : kind === "NULL" ? null : content;
  };
  const found = [];
  let start;
  do {
    const page = await json("dynamodb", "DynamoDB_20120810.Scan", { TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) });
    found.push(...page.Items.map((item) => plain({ M: item })));
    start = page.LastEvaluatedKey;
  } while (start);
  return found;
}

/** The keys in a bucket. */
export async function keys(bucket) {
  const found = [];
  let token;
  do {
    const address = `${endpoint}/${bucket}?list-type=2${token ? `&continuation-token=${encodeURIComponent(token)}` : ""}`;
    const xml = await (await fetch(address)).text();
    found.push(...texts(xml, "Key"));
    [token] = texts(xml, "NextContinuationToken");
  } while (token);
  return found;
}

/** How many multipart uploads of a bucket are open. */
export async function openUploads(bucket) {
  return texts(await (await fetch(`${endpoint}/${bucket}?uploads`)).text(), "UploadId").length;
}

/** Messages of a queue in all states. */
export async function depth(url) {
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
  const { Attributes } = await json("sqs", "AmazonSQS.GetQueueAttributes", { QueueUrl: url, AttributeNames: names });
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/** Puts a text on a queue. */
export function send(url, text) {
  return json("sqs", "AmazonSQS.SendMessage", { QueueUrl: url, MessageBody: text });
}

/** Empties a queue. */
export function purge(url) {
  return json("sqs", "AmazonSQS.PurgeQueue", { QueueUrl: url });
}

/** All mail that was sent, oldest first: `{to, subject, text}`. */
export async function mails() {
  const { messages } = await (await fetch(`${endpoint}/_ministack/ses/messages`)).json();
  return Object.values(messages).flat().map((mail) => ({ to: mail.To, subject: mail.Subject, text: mail.BodyText }));
}
