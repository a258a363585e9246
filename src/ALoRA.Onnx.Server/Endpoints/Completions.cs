using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>POST /v1/completions</c>.</summary>
internal static class Completions
{
    /// <summary>Answers a request.</summary>
    public static async Task HandleAsync(HttpContext context)
    {
        CompletionBody body = await JsonBody.ReadAsync(context, WireContext.Default.CompletionBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Add(body.StreamOptions?.Others, "stream_options.");
        ignored.Report(context, exchange.Options.Strict);
        IReadOnlyList<AnswerPlan> plans = await exchange.PlanAsync(
            (scope, cancellation) => CompletionPlanner.Plan(scope, body, cancellation))
            .ConfigureAwait(false);
        AnswerSet set = await exchange.StartAsync("text_completion", plans).ConfigureAwait(false);
        await using (set.ConfigureAwait(false))
        {
            CompletionJson json = new(
                AnswerJson.NewId("cmpl"), exchange.Created, plans[0].Model, plans[0].TopLogprobs, body.StreamOptions?.IncludeUsage == true);
            string[] echoes = [.. Enumerable.Range(0, set.Count).Select(choice => set.PlanOf(choice).Echo)];
            if (body.Stream == true)
            {
                await exchange.StreamAsync(stream => StreamAsync(exchange, set, json, echoes, stream)).ConfigureAwait(false);
                return;
            }

            CollectedChoice[] choices = [.. echoes.Select(_ => new CollectedChoice())];
            ChoiceEnd[] ends = await set.ReadAsync(
                exchange.Record,
                (index, delta) =>
                {
                    choices[index].Add(delta);
                    return ValueTask.CompletedTask;
                }).ConfigureAwait(false);
            for (int i = 0; i < ends.Length; i++)
            {
                choices[i].End = ends[i];
            }

            await JsonAnswer.WriteAsync(
                context, static (writer, state) => state.json.WriteAnswer(writer, state.choices, state.echoes, state.usage),
                (json, choices, echoes, usage: set.UsageOf(ends))).ConfigureAwait(false);
        }
    }

    private static async Task StreamAsync(Exchange exchange, AnswerSet set, CompletionJson json, string[] echoes, EventStream stream)
    {
        int[] offsets = [.. echoes.Select(echo => echo.Length)];
        ChoiceEnd[] ends = await set.ReadAsync(
            exchange.Record,
            (index, delta) =>
            {
                string text = echoes[index] + delta.Text;
                echoes[index] = "";
                return stream.SendAsync(
                    static (writer, state) => state.json.WritePiece(
                        writer, state.index, state.text, state.Logprobs, ref state.offsets[state.index], finish: null),
                    (json, index, text, delta.Logprobs, offsets));
            },
            (index, end) => stream.SendAsync(
                static (writer, state) => state.json.WritePiece(
                    writer, state.index, state.echo, logprobs: null, ref state.offsets[state.index], state.Reason),
                (json, index, echo: echoes[index], end.Reason, offsets))).ConfigureAwait(false);
        if (json.HasUsage)
        {
            await stream.SendAsync(static (writer, state) => state.json.WriteUsage(writer, state.usage), (json, usage: set.UsageOf(ends)))
                .ConfigureAwait(false);
        }

        await stream.EndAsync().ConfigureAwait(false);
    }
}
