using System.Diagnostics;

namespace ALoRA.Onnx.Cli.Benchmarking;

/// <summary>Measures several intrinsics in one fan-out against each of them alone, in turns, so that both sides see the same machine.</summary>
internal sealed class FanoutBenchmark
{
    private readonly BenchmarkPlan _plan;
    private readonly AdapterInvocation[] _invocations;

    /// <summary>Chooses the model's aLoRAs in turn.</summary>
    /// <exception cref="ArgumentException">The model has no aLoRA.</exception>
    public FanoutBenchmark(AloraModel model, BenchmarkPlan plan)
    {
        _plan = plan;
        string[] adapters = [.. model.Adapters.Names.Where(name => model.Adapters.Get(name).Kind == AdapterKind.Alora)];
        if (adapters.Length == 0)
        {
            throw new ArgumentException("The model has no aLoRA to ask. Convert one with `alora adapter convert`, or leave --fanout out.");
        }

        InvocationOptions options = new() { Generation = new GenerationOptions { MaxNewTokens = plan.AnswerTokens, IgnoreEndOfText = true } };
        _invocations = [.. Enumerable.Range(0, plan.Fanout).Select(i => new AdapterInvocation(adapters[i % adapters.Length], options))];
    }

    /// <summary>Name of the time of one intrinsic with its whole answer.</summary>
    public static string Alone(BenchmarkPlan plan) => $"one intrinsic, {plan.AnswerTokens} tokens";

    /// <summary>Name of the time of all in one fan-out.</summary>
    public static string Together(BenchmarkPlan plan) => $"{plan.Fanout} intrinsics at once";

    /// <summary>Measures at a conversation's length.</summary>
    public async Task<Measurement[]> MeasureAsync(Conversation conversation, CancellationToken cancellationToken)
    {
        double[] alone = new double[_plan.Repetitions];
        double[] together = new double[_plan.Repetitions];
        for (int repetition = -1; repetition < _plan.Repetitions; repetition++)
        {
            long started = Stopwatch.GetTimestamp();
            foreach (AdapterInvocation invocation in _invocations)
            {
                await conversation.InvokeAsync(invocation.Adapter, invocation.Options, cancellationToken);
            }

            TimeSpan each = Stopwatch.GetElapsedTime(started) / _invocations.Length;
            started = Stopwatch.GetTimestamp();
            await conversation.InvokeAllAsync(_invocations, cancellationToken);
            if (repetition >= 0)
            {
                alone[repetition] = each.TotalMilliseconds;
                together[repetition] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }

        return [new Measurement(Alone(_plan), conversation.Length, "ms", alone), new Measurement(Together(_plan), conversation.Length, "ms", together, Alone(_plan))];
    }
}
