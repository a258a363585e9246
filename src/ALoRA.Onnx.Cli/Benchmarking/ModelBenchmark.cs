using System.Diagnostics;
using ALoRA.Onnx.Cli.Progress;

namespace ALoRA.Onnx.Cli.Benchmarking;

/// <summary>Measures prefill, decode and an intrinsic on a model. Nothing else should run on the machine.</summary>
internal sealed class ModelBenchmark(AloraModel model, BenchmarkPlan plan, IProgress<ProgressState> progress)
{
    /// <summary>Name of the intrinsic's time to first token on the base's cache.</summary>
    public const string AsAlora = "intrinsic as aLoRA";

    /// <summary>Name of its time to first token where everything has to be computed again.</summary>
    public const string AsLora = "intrinsic as LoRA";

    private readonly GenerationOptions _decode = new() { MaxNewTokens = plan.DecodeTokens, Temperature = 0, RepetitionPenalty = 1, IgnoreEndOfText = true };
    private readonly int[] _tokens = CreateTokens(model.Manifest.VocabularySize, Math.Max(plan.PrefillTokens, plan.Contexts.DefaultIfEmpty().Max()));

    /// <summary>Measures everything.</summary>
    /// <exception cref="ArgumentException">A context does not fit into the model's, or the adapter is no aLoRA.</exception>
    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        if (_tokens.Length > model.Manifest.MaxPositions - plan.DecodeTokens)
        {
            throw new ArgumentException(
                $"A context of {_tokens.Length} tokens and {plan.DecodeTokens} more do not fit into the model's {model.Manifest.MaxPositions}. Give smaller numbers with --context.");
        }

        if (plan.Adapter is not null)
        {
            RequireAlora(plan.Adapter);
        }

        List<Measurement> measurements = [await MeasurePrefillAsync(cancellationToken), await MeasureDecodeAsync(cancellationToken)];
        if (plan.Adapter is not null)
        {
            foreach (int context in plan.Contexts)
            {
                measurements.AddRange(await MeasureIntrinsicAsync(plan.Adapter, context, cancellationToken));
            }
        }

        if (plan.Fanout > 0)
        {
            FanoutBenchmark fanout = new(model, plan);
            foreach (int context in plan.Contexts)
            {
                progress.Report(new ProgressState($"Measuring {plan.Fanout} intrinsics at once at {context} tokens", 0, 0));
                measurements.AddRange(await WithConversationAsync(context, conversation => fanout.MeasureAsync(conversation, cancellationToken)));
            }
        }

        return measurements;
    }

    private void RequireAlora(string adapter)
    {
        if (model.Adapters.Get(adapter).Kind != AdapterKind.Alora)
        {
            throw new ArgumentException($"'{adapter}' is a plain LoRA. Give an aLoRA with --adapter, and this one with --lora.");
        }
    }

    private Task<Measurement> MeasurePrefillAsync(CancellationToken cancellationToken) => WithConversationAsync(0, async conversation =>
        await RepeatAsync($"prefill of {plan.PrefillTokens:N0} tokens", 0, "tokens/s", async () =>
        {
            conversation.Rewind(0);
            long started = Stopwatch.GetTimestamp();
            await conversation.AppendAsync(_tokens.AsMemory(0, plan.PrefillTokens), cancellationToken);
            return plan.PrefillTokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }));

    private Task<Measurement> MeasureDecodeAsync(CancellationToken cancellationToken) => WithConversationAsync(plan.PrefillTokens, async conversation =>
        await RepeatAsync("decode", plan.PrefillTokens, "tokens/s", async () =>
        {
            conversation.Rewind(plan.PrefillTokens);
            GenerationResult result = await conversation.GenerateToEndAsync(_decode, cancellationToken);
            return 1 / result.Usage.TimePerToken.TotalSeconds;
        }));

    private Task<Measurement[]> MeasureIntrinsicAsync(string adapter, int context, CancellationToken cancellationToken) => WithConversationAsync(context, async conversation =>
    {
        int[] invocation = [.. model.Adapters.Get(adapter).InvocationTokens];
        GenerationOptions oneToken = _decode with { MaxNewTokens = 1 };
        InvocationOptions alora = new() { Generation = oneToken };

        // A plain LoRA gets the same tokens to read.
        InvocationOptions lora = plan.Lora is null ? alora with { ActivationPosition = 0 } : alora with { InstructionTokens = invocation };
        return new[]
        {
            await RepeatAsync(AsAlora, context, "ms", () => FirstTokenAsync(adapter, alora)),
            await RepeatAsync(AsLora, context, "ms", () => FirstTokenAsync(plan.Lora ?? adapter, lora)) with { Baseline = AsAlora },
        };

        async Task<double> FirstTokenAsync(string name, InvocationOptions options) =>
            (await conversation.InvokeAsync(name, options, cancellationToken)).Usage.TimeToFirstToken.TotalMilliseconds;
    });

    private async Task<T> WithConversationAsync<T>(int context, Func<Conversation, Task<T>> measure)
    {
        using Conversation conversation = model.CreateConversation();
        if (context > 0)
        {
            await conversation.AppendAsync(_tokens.AsMemory(0, context));
        }

        return await measure(conversation);
    }

    private async Task<Measurement> RepeatAsync(string name, int context, string unit, Func<Task<double>> measure)
    {
        progress.Report(new ProgressState($"Measuring {name} at {context} tokens", 0, 0));
        await measure();
        double[] values = new double[plan.Repetitions];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = await measure();
        }

        return new Measurement(name, context, unit, values);
    }

    // Any ids do, as time does not depend on them; the same ones make runs comparable.
    private static int[] CreateTokens(int vocabulary, int count)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }
}
