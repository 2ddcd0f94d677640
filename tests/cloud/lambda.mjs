// Lambda as a function sees it: the Runtime API, and the event source mapping that feeds it from a queue.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { pause } from "../server.mjs";
import * as aws from "./aws.mjs";

export class Lambda {
  /** Invokes whatever runs with `env` with batches of that queue, and deletes what did not fail. */
  static async on(queue) {
    const lambda = new Lambda();
    lambda.queue = queue;
    lambda.invocations = 0;
    lambda.errors = [];
    lambda.waiting = [];
    lambda.answers = new Map();
    lambda.server = createServer((asked, answer) => lambda.serve(asked, answer));
    await new Promise((done) => lambda.server.listen(0, "127.0.0.1", done));
    /** What Lambda sets for a function. */
    lambda.env = {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${lambda.server.address().port}`,
      AWS_LAMBDA_FUNCTION_NAME: "notifier",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    };
    lambda.polling = lambda.poll();
    return lambda;
  }

  async serve(asked, answer) {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const body = Buffer.concat(parts).toString();
    if (asked.url.endsWith("/invocation/next")) {
      this.waiting.push(answer);
      return;
    }
    const [, id, kind] = asked.url.match(/invocation\/([^/]+)\/(response|error)$/) ?? [];
    if (!id) this.errors.push(`${asked.url} ${body}`);
    this.answers.get(id)?.({ kind, body: body ? JSON.parse(body) : undefined });
    answer.writeHead(202).end();
  }

  async invoke(event) {
    while (this.waiting.length === 0) await pause(20);
    const id = randomUUID();
    const answered = new Promise((done) => this.answers.set(id, done));
    this.waiting.shift().writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + 30_000),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:notifier",
      "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
    }).end(JSON.stringify(event));
    this.invocations += 1;
    return answered;
  }

  async poll() {
    while (!this.closed) {
      const { Messages = [] } = await aws.json("sqs", "AmazonSQS.ReceiveMessage", { QueueUrl: this.queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, AttributeNames: ["All"] });
      if (Messages.length === 0) continue;
      const Records = Messages.map((message) => ({
        messageId: message.MessageId,
        receiptHandle: message.ReceiptHandle,
        body: message.Body,
        attributes: message.Attributes,
        messageAttributes: {},
        md5OfBody: message.MD5OfBody,
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:job-results",
        awsRegion: "us-east-1",
      }));
      const { kind, body } = await this.invoke({ Records });
      if (kind !== "response") {
        this.errors.push(JSON.stringify(body));
        continue;
      }
      const failed = new Set((body?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier));
      for (const message of Messages.filter(({ MessageId }) => !failed.has(MessageId))) {
        await aws.json("sqs", "AmazonSQS.DeleteMessage", { QueueUrl: this.queue, ReceiptHandle: message.ReceiptHandle });
      }
    }
  }

  async close() {
    this.closed = true;
    await this.polling;
    this.server.closeAllConnections();
    this.server.close();
  }
}
