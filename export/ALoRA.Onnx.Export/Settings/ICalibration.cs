namespace ALoRA.Onnx.Export;

/// <summary>
/// What <see cref="QuantizationMethod.Gptq"/> needs from outside: a text in token ids, and something that runs ONNX graphs, because this
/// library brings no runtime. The exporter asks for the tokens once and then opens one small graph after the other: the part of the decoder
/// between two projections. Called from one thread at a time.
/// </summary>
public interface ICalibration
{
    /// <summary>What the text is, in a few words, for <c>alora_config.json</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Share of the mean second moment of a projection's inputs that is added to each of them, above 0.
    /// The more of it, the less is concluded from how inputs go together in the calibration text.
    /// Default: 0.01, GPTQ's own; random tokens, which are like no text, want about 0.1.
    /// </summary>
    float Damping => 0.01f;

    /// <summary>The calibration text.</summary>
    /// <param name="folder">A folder with the tokenizer's files as the export will have them.</param>
    /// <param name="vocabularySize">Ids must be below it.</param>
    /// <returns>
    /// Sequences of token ids, each read from an empty context.
    /// A few thousand tokens of the model's own domain are enough; memory grows with their number.
    /// </returns>
    IReadOnlyList<IReadOnlyList<int>> ReadTokens(string folder, int vocabularySize);

    /// <summary>Opens a graph for some runs; its weights lie beside it. The exporter disposes it and then deletes the files.</summary>
    /// <param name="graphPath">Path of the <c>.onnx</c> file. It uses ONNX Runtime's operators of the domain <c>com.microsoft</c>.</param>
    /// <returns>The opened graph.</returns>
    ICalibrationGraph Open(string graphPath);
}
