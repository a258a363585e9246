using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>POST /v1/responses</c>, as far as nothing has to be stored.</summary>
internal static class Responses
{
    /// <summary>Answers a request.</summary>
    public static async Task HandleAsync(HttpContext context)
    {
        ResponsesBody body = await JsonBody.ReadAsync(context, WireContext.Default.ResponsesBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Add(body.StreamOptions?.Others, "stream_options.");
        foreach (string include in body.Include ?? [])
        {
            if (include != "message.output_text.logprobs")
            {
                ignored.Add($"include[{include}]");
            }
        }

        ignored.Report(context, exchange.Options.Strict);
        AnswerPlan plan = await exchange.PlanAsync(
            (scope, cancellation) => ChatPlanner.Plan(scope, ResponsesReader.Read(body), cancellation))
            .ConfigureAwait(false);
        AnswerSet set = await exchange.StartAsync("chat", [plan]).ConfigureAwait(false);
        await using (set.ConfigureAwait(false))
        {
            ResponseJson json = new(AnswerJson.NewId("resp"), exchange.Created, plan.Model, plan.TopLogprobs, body);
            if (body.Stream == true)
            {
                ResponseEvents? events = null;
                await exchange.StreamAsync(
                    async stream =>
                    {
                        events = new ResponseEvents(json, stream);
                        ChoiceEnd[] all = await set.ReadAsync(exchange.Record, (_, delta) => events.AddAsync(delta)).ConfigureAwait(false);
                        await events.EndAsync(all[0], set.UsageOf(all)).ConfigureAwait(false);
                        await stream.EndAsync(writesDone: false).ConfigureAwait(false);
                    },
                    (_, error) => events!.FailAsync(error)).ConfigureAwait(false);
                return;
            }

            ResponseEvents output = new(json, stream: null);
            ChoiceEnd[] ends = await set.ReadAsync(exchange.Record, (_, delta) => output.AddAsync(delta)).ConfigureAwait(false);
            AnswerUsage usage = set.UsageOf(ends);
            await output.EndAsync(ends[0], usage).ConfigureAwait(false);
            await JsonAnswer.WriteAsync(
                context, static (writer, state) => state.json.Write(writer, state.Items, state.usage, state.isCut),
                (json, output.Items, usage, isCut: ends[0].Reason == "length")).ConfigureAwait(false);
        }
    }
}
