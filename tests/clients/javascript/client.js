// AWS's SDK for JavaScript, unmodified: reads a call a line, makes it, and writes its outcome as a line.
//
// In: {"operation": "CreateAccessKey", "input": {"UserName": "orders"}}. Out: {"output": {…}}, or
// {"error": {"Code": …, "Message": …}}. Endpoint and credentials come from the environment.

import { createInterface } from "node:readline";
import * as iam from "@aws-sdk/client-iam";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";

const clients = [
  [iam, new iam.IAMClient()],
  [sqs, new sqs.SQSClient()],
  [sts, new sts.STSClient()],
];

async function call({ operation, input }) {
  const name = `${operation}Command`;
  const [service, client] = clients.find(([service]) => name in service);
  try {
    const { $metadata, ...output } = await client.send(new service[name](input));
    return { output };
  } catch (error) {
    return { error: { Code: error.Code ?? error.name, Message: error.message } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await call(JSON.parse(line))));
}
