namespace ALoRA.Onnx.Cli.Benchmarking;

/// <summary>What to measure.</summary>
/// <param name="Contexts">Lengths of the conversations that the intrinsic is asked about.</param>
/// <param name="Adapter">The aLoRA; null measures the base alone.</param>
/// <param name="Lora">A plain LoRA to compare with; null runs <paramref name="Adapter"/> as one: active from the first token on.</param>
/// <param name="Fanout">Intrinsics that are asked at once, the model's aLoRAs in turn; 0 for none.</param>
/// <param name="Repetitions">Measured runs of each figure, after one that warms up.</param>
/// <param name="PrefillTokens">Tokens of the prefill, and the context of the decode.</param>
/// <param name="DecodeTokens">Tokens that the decode generates.</param>
/// <param name="AnswerTokens">Tokens that each intrinsic of the fan-out generates.</param>
internal sealed record BenchmarkPlan(
    IReadOnlyList<int> Contexts, string? Adapter, string? Lora, int Fanout, int Repetitions, int PrefillTokens = 1024, int DecodeTokens = 64, int AnswerTokens = 8);
