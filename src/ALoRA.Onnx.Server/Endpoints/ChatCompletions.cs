using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Requests;
using ALoRA.Onnx.Server.Wire;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Endpoints;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatCompletions
{
    /// <summary>Answers a request.</summary>
    public static async Task HandleAsync(HttpContext context)
    {
        ChatBody body = await JsonBody.ReadAsync(context, WireContext.Default.ChatBody).ConfigureAwait(false);
        using Exchange exchange = Exchange.Begin(context);
        Ignored(body).Report(context, exchange.Options.Strict);
        AnswerPlan plan = await exchange.PlanAsync((scope, cancellation) => ChatPlanner.Plan(scope, body, cancellation))
            .ConfigureAwait(false);
        AnswerSet set = await exchange.StartAsync("chat", [plan]).ConfigureAwait(false);
        await using (set.ConfigureAwait(false))
        {
            ChatJson json = new(
                AnswerJson.NewId("chatcmpl"), exchange.Created, plan.Model, plan.TopLogprobs, body.StreamOptions?.IncludeUsage == true);
            if (body.Stream == true)
            {
                await exchange.StreamAsync(stream => StreamAsync(exchange, set, json, stream)).ConfigureAwait(false);
                return;
            }

            CollectedChoice[] choices = [.. Enumerable.Range(0, set.Count).Select(_ => new CollectedChoice())];
            ChoiceEnd[] ends = await set.ReadAsync(exchange.Record, (index, delta) => choices[index].Add(delta)).ConfigureAwait(false);
            for (int i = 0; i < ends.Length; i++)
            {
                choices[i].End = ends[i];
            }

            await JsonAnswer.WriteAsync(
                context, static (writer, state) => state.json.WriteAnswer(writer, state.choices, state.usage),
                (json, choices, usage: set.UsageOf(ends))).ConfigureAwait(false);
        }
    }

    private static async Task StreamAsync(Exchange exchange, AnswerSet set, ChatJson json, EventStream stream)
    {
        bool[] hasRole = new bool[set.Count];
        ChoiceEnd[] ends = await set.ReadAsync(
            exchange.Record,
            async (index, delta) =>
            {
                await BeginAsync(index).ConfigureAwait(false);
                await stream.SendAsync(
                    static (writer, state) => state.json.WriteDelta(writer, state.index, state.delta), (json, index, delta))
                    .ConfigureAwait(false);
            },
            async (index, end) =>
            {
                await BeginAsync(index).ConfigureAwait(false);
                await stream.SendAsync(
                    static (writer, state) => state.json.WriteEnd(writer, state.index, state.Reason), (json, index, end.Reason))
                    .ConfigureAwait(false);
            }).ConfigureAwait(false);
        if (json.HasUsage)
        {
            await stream.SendAsync(static (writer, state) => state.json.WriteUsage(writer, state.usage), (json, usage: set.UsageOf(ends)))
                .ConfigureAwait(false);
        }

        await stream.EndAsync().ConfigureAwait(false);

        ValueTask BeginAsync(int index)
        {
            if (hasRole[index])
            {
                return ValueTask.CompletedTask;
            }

            hasRole[index] = true;
            return stream.SendAsync(static (writer, state) => state.json.WriteRole(writer, state.index), (json, index));
        }
    }

    private static IgnoredFields Ignored(ChatBody body)
    {
        IgnoredFields ignored = new();
        ignored.Add(body.Others);
        ignored.Add(body.StreamOptions?.Others, "stream_options.");
        for (int i = 0; i < (body.Messages?.Length ?? 0); i++)
        {
            ignored.Add(body.Messages![i]?.Others, $"messages[{i}].");
        }

        if (body.Store == true)
        {
            ignored.Add("store");
        }

        return ignored;
    }
}
