namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What is measured on the models at hand.</summary>
/// <param name="Prefill">Lengths of the prompts to compute.</param>
/// <param name="Contexts">Lengths of the conversations in which tokens are decoded and intrinsics asked.</param>
/// <param name="Adapter">The aLoRA; null measures the base alone.</param>
/// <param name="Lora">A plain LoRA to compare with; null runs <paramref name="Adapter"/> as one: active from the first token on.</param>
/// <param name="Fanout">Intrinsics that are asked at once, the model's aLoRAs in turn; 0 for none.</param>
/// <param name="Repetitions">Measured runs of each figure, after one that warms up.</param>
/// <param name="LongestFigure">How long one figure may take at a length that nobody asked for.</param>
internal sealed record BenchmarkPlan(
    LengthChoice Prefill, LengthChoice Contexts, string? Adapter, string? Lora, int Fanout, int Repetitions, TimeSpan LongestFigure)
{
    public const string PrefillOption = "--prefill";
    public const string ContextOption = "--context";

    /// <summary>Tokens that a decode generates.</summary>
    public const int DecodeTokens = 64;

    /// <summary>Tokens that each intrinsic generates where whole answers are measured.</summary>
    public const int AnswerTokens = 8;

    private const string UsualAdapter = "certainty";
    private const int UsualFanout = 4;

    /// <summary>All lengths, ascending.</summary>
    public IEnumerable<int> Lengths => Prefill.Lengths.Union(Contexts.Lengths).Order();

    /// <summary>Finds out what of a request can be measured on all of the models.</summary>
    /// <exception cref="ArgumentException">
    /// Something that was asked for cannot: a length does not fit, an adapter is not there or no aLoRA.
    /// </exception>
    public static BenchmarkPlan Of(BenchmarkRequest request, params IReadOnlyList<AloraModel> models)
    {
        int longest = models.Min(model => model.Manifest.MaxPositions);
        string? adapter = request.Adapter
            ?? (models.All(model => model.Adapters.Names.Contains(UsualAdapter, StringComparer.Ordinal)) ? UsualAdapter : null);
        if (request.NeedsIntrinsic && adapter is null)
        {
            throw new ArgumentException(
                $"There is nothing to plot without an aLoRA. Name one with --adapter; {UsualAdapter} is not there.");
        }

        return new BenchmarkPlan(
            LengthChoice.Choose(PrefillOption, request.Prefill, longest, following: 0),
            LengthChoice.Choose(ContextOption, request.Contexts, longest, DecodeTokens),
            adapter is null ? null : RequireAlora(adapter, models),
            request.Lora is null ? null : RequireThere(request.Lora, models),
            FanoutOf(request.Fanout, adapter, models),
            request.Repetitions,
            request.LongestFigure);
    }

    private static string RequireAlora(string adapter, IReadOnlyList<AloraModel> models) =>
        models.All(model => model.Adapters.Get(adapter).Kind == AdapterKind.Alora)
        ? adapter
        : throw new ArgumentException($"'{adapter}' is a plain LoRA. Give an aLoRA with --adapter, and this one with --lora.");

    private static string RequireThere(string adapter, IReadOnlyList<AloraModel> models) =>
        models.Select(model => model.Adapters.Get(adapter).Name).Last();

    private static int FanoutOf(int? asked, string? adapter, IReadOnlyList<AloraModel> models)
    {
        if (asked > 0 && models.Any(model => !model.Adapters.Names.Any(name => model.Adapters.Get(name).Kind == AdapterKind.Alora)))
        {
            throw new ArgumentException("The model has no aLoRA to ask. Convert one with `alora adapter convert`, or leave --fanout out.");
        }

        return asked ?? (adapter is not null && models.All(model => model.Manifest.FanoutGraphFile is not null) ? UsualFanout : 0);
    }
}
