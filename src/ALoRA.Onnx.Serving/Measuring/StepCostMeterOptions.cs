namespace ALoRA.Onnx.Serving;

/// <summary>What a <see cref="StepCostMeter"/> measures.</summary>
public sealed record StepCostMeterOptions
{
    /// <summary>Rows of the decode runs, each from 1 to 256. Default 1, 2, 4, 8, 16.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [1, 2, 4, 8, 16];

    /// <summary>
    /// Tokens before each row and each chunk, from 1; null for 256, or a quarter of the model's context where that is less. Default null.
    /// </summary>
    public int? ContextTokens { get; init; }

    /// <summary>
    /// Tokens of the chunks, each from 1; null for those of 16, 64, 256 and 512 that fit behind the context. Default null.
    /// </summary>
    public IReadOnlyList<int>? Chunks { get; init; }

    /// <summary>
    /// Names of the adapters that runs with adapters have by turns with the base; null for the first four of the model. Default null.
    /// Without any, runs with adapters are taken to cost a fifth more than the base's.
    /// </summary>
    public IReadOnlyList<string>? Adapters { get; init; }
}
