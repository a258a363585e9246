using System.Collections.Concurrent;
using ALoRA.Onnx.Operators.Cpu;

namespace ALoRA.Onnx.Operators;

/// <summary>Whether operators may be used for an execution provider. Immutable; any thread.</summary>
internal sealed class OperatorSupport
{
    // The one static of this folder: ONNX Runtime wants a domain to outlive all sessions that were opened with it, and those of two models
    // share one. It only grows, by one entry for each provider and device.
    private static readonly ConcurrentDictionary<string, Lazy<OperatorSupport>> Known = new(StringComparer.Ordinal);

    private OperatorSupport(OperatorDomain? domain, string? reason)
    {
        Domain = domain;
        Reason = reason;
    }

    /// <summary>Finds the API, or says why there is none that will do.</summary>
    public delegate OrtApi? FindApi(out string? reason);

    /// <summary>The operators; null where they are not used.</summary>
    public OperatorDomain? Domain { get; }

    /// <summary>Why they are not used and what to do, as the part of a sentence; null where they are used.</summary>
    public string? Reason { get; }

    /// <summary>Operators of the CPU.</summary>
    public static OperatorSupport Cpu() => Of("cpu", CpuOperators.Create);

    /// <summary>Operators of the CPU, those for steps of many sequences among them.</summary>
    public static OperatorSupport CpuBatches() => OfCpu("cpu batches", CpuOperators.TestBatches);

    /// <summary>Operators of the CPU, those for trainings among them.</summary>
    public static OperatorSupport CpuTrainings() => OfCpu("cpu trainings", CpuOperators.TestTrainings);

    /// <summary>Operators of a provider, made and tested when they are asked for first.</summary>
    /// <param name="key">Provider and device, such as <c>cuda:0</c>.</param>
    /// <param name="create">
    /// Makes the domain and tests it. What it throws becomes the reason why operators are not used, so its message says what to do.
    /// </param>
    public static OperatorSupport Of(string key, Func<OrtApi, OperatorDomain> create) =>
        Known.GetOrAdd(
            key,
            static (_, make) => new Lazy<OperatorSupport>(() => Make(make), LazyThreadSafetyMode.ExecutionAndPublication),
            create).Value;

    private static OperatorSupport OfCpu(string key, Func<OperatorDomain, OperatorDomain> test) => Of(
        key,
        _ => Cpu() is { Domain: { } domain } ? test(domain) : throw new InvalidOperationException(Cpu().Reason));

    /// <summary>Makes and tests operators apart from those of the process.</summary>
    /// <inheritdoc cref="Make(Func{OrtApi, OperatorDomain}, FindApi)"/>
    public static OperatorSupport Make(Func<OrtApi, OperatorDomain> create) => Make(create, OrtApi.TryGet);

    /// <summary>Makes and tests operators apart from those of the process, with the API that is found for them.</summary>
    /// <param name="create">As for <see cref="Of"/>.</param>
    /// <param name="find">Finds the API.</param>
    public static OperatorSupport Make(Func<OrtApi, OperatorDomain> create, FindApi find)
    {
        if (find(out string? reason) is not { } api)
        {
            return new OperatorSupport(null, reason);
        }

        try
        {
            return new OperatorSupport(create(api), null);
        }
        catch (Exception exception)
        {
            return new OperatorSupport(null, exception.Message);
        }
    }
}
