namespace ALoRA.Onnx.Export.Settings;

/// <summary>What an <see cref="ExportPrecision"/> means for each kind of weight.</summary>
/// <param name="Name">Name in the manifest.</param>
/// <param name="Activations">Element type of activations, KV cache, norms, biases and adapters.</param>
/// <param name="Projections">What becomes of the layers' projections.</param>
/// <param name="Embedding">What becomes of the embedding table.</param>
/// <param name="Head">What becomes of the head.</param>
/// <param name="BlockSize">Elements that share a scale.</param>
/// <param name="Symmetric">Whether the middle of the codes' range stands for zero in all blocks.</param>
/// <param name="AccuracyLevel">MatMulNBits' attribute of this name.</param>
/// <param name="Method">How 4-bit blocks are chosen.</param>
internal sealed record PrecisionPlan(
    string Name,
    ActivationType Activations,
    MatrixPrecision Projections,
    MatrixPrecision Embedding,
    MatrixPrecision Head,
    int BlockSize,
    bool Symmetric,
    int AccuracyLevel,
    QuantizationMethod Method)
{
    private const int HighestAccuracyLevel = 4;

    // What ONNX Runtime can compute in the activations' type although the graph says level 4 (mlas.qnbit.force_fp32).
    private const int BlockSizeOfBothLevels = 32;

    private static readonly int[] BlockSizes = [16, 32, 64, 128, 256];

    /// <summary>Checkpoint matrices among the projections that get 8 bits where the others get 4.</summary>
    public IReadOnlySet<string> Sensitive { get; init; } = new HashSet<string>();

    /// <summary>Whether sensitive projections get 8 bits.</summary>
    public bool IsMixed { get; init; }

    /// <summary>The accuracy level of long runs of a prompt; null for that of all runs.</summary>
    public int? PrefillAccuracyLevel { get; init; }

    /// <summary>What the calibration text was; null for methods without one.</summary>
    public string? Calibration { get; init; }

    /// <summary>Whether anything is held in blocks.</summary>
    public bool HasBlocks => Projections != MatrixPrecision.Float || Embedding != MatrixPrecision.Float || Head != MatrixPrecision.Float;

    /// <summary>What becomes of a projection's matrix.</summary>
    public MatrixPrecision ProjectionOf(string tensor) => Sensitive.Contains(tensor) ? MatrixPrecision.Int8 : Projections;

    /// <summary>The plan for the options.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or two do not go together.</exception>
    public static PrecisionPlan From(ExportOptions options)
    {
        if (!BlockSizes.Contains(options.BlockSize))
        {
            throw new ArgumentException($"Block size {options.BlockSize}: expected {string.Join(", ", BlockSizes)}.", nameof(options));
        }

        if (options.MaxContextLength is < 1)
        {
            throw new ArgumentException($"Context length {options.MaxContextLength}: expected at least 1.", nameof(options));
        }

        if (options.AccuracyLevel is < 0 or > HighestAccuracyLevel)
        {
            throw new ArgumentException($"Accuracy level {options.AccuracyLevel}: expected 0 to {HighestAccuracyLevel}.", nameof(options));
        }

        if (options is
            {
                Quantization: QuantizationMethod.Gptq, Calibration: null,
                Precision: ExportPrecision.Int4 or ExportPrecision.Int4Mixed
            })
        {
            throw new ArgumentException(
                "Quantization by GPTQ: expected a calibration text and runtime in Calibration, got null.", nameof(options));
        }

        (string name, MatrixPrecision projections, MatrixPrecision tables) = options.Precision switch
        {
            ExportPrecision.Float32 => ("float32", MatrixPrecision.Float, MatrixPrecision.Float),
            ExportPrecision.Float16 => ("float16", MatrixPrecision.Float, MatrixPrecision.Float),
            ExportPrecision.BFloat16 => ("bfloat16", MatrixPrecision.Float, MatrixPrecision.Float),
            ExportPrecision.Int8 => ("int8", MatrixPrecision.Int8, MatrixPrecision.Int8),
            ExportPrecision.Int4 => ("int4", MatrixPrecision.Int4, MatrixPrecision.Int8),
            ExportPrecision.Int4Mixed => ("int4-mixed", MatrixPrecision.Int4, MatrixPrecision.Int8),
            ExportPrecision.Gguf => ("gguf", MatrixPrecision.AsStored, MatrixPrecision.AsStored),
            _ => throw new ArgumentException($"Precision {options.Precision} is not one that an export can have.", nameof(options)),
        };
        ActivationType activations = ActivationsOf(options, projections);
        bool isFast = options.AccuracyLevel is null && activations == ActivationType.Float32;
        return new PrecisionPlan(
            name,
            activations,
            projections,
            Table(options.EmbeddingPrecision, tables, activations),
            Table(options.HeadPrecision, tables, activations),
            options.BlockSize,
            options.Symmetric,
            options.AccuracyLevel ?? (isFast ? HighestAccuracyLevel : 0),
            options.Quantization)
        {
            PrefillAccuracyLevel = isFast && HasBothLevels(projections, options.BlockSize) ? 0 : null,
            Calibration = options.Quantization == QuantizationMethod.Gptq ? options.Calibration?.Description : null,
            IsMixed = options.Precision == ExportPrecision.Int4Mixed,
        };
    }

    // 8-bit codes are computed at the graph's level in any case.
    private static bool HasBothLevels(MatrixPrecision projections, int blockSize) => projections switch
    {
        MatrixPrecision.Int4 => blockSize == BlockSizeOfBothLevels,
        MatrixPrecision.AsStored => true,
        _ => false,
    };

    private static ActivationType ActivationsOf(ExportOptions options, MatrixPrecision projections)
    {
        ExportPrecision own = projections == MatrixPrecision.Float ? options.Precision : ExportPrecision.Float32;
        ExportPrecision wanted = options.ActivationPrecision ?? own;
        if (projections == MatrixPrecision.Float && wanted != own)
        {
            throw new ArgumentException($"Activations in {wanted}: expected those of the weights, {own}, or null.", nameof(options));
        }

        return wanted switch
        {
            ExportPrecision.Float32 => ActivationType.Float32,
            ExportPrecision.Float16 => ActivationType.Float16,
            ExportPrecision.BFloat16 => ActivationType.BFloat16,
            _ => throw new ArgumentException($"Activations in {wanted}: expected Float32, Float16 or BFloat16.", nameof(options)),
        };
    }

    private static MatrixPrecision Table(ExportPrecision? wanted, MatrixPrecision otherwise, ActivationType activations) => wanted switch
    {
        null => otherwise,
        ExportPrecision.Int8 => MatrixPrecision.Int8,
        ExportPrecision.Int4 => MatrixPrecision.Int4,
        ExportPrecision.Gguf => MatrixPrecision.AsStored,
        ExportPrecision.Float32 when activations == ActivationType.Float32 => MatrixPrecision.Float,
        ExportPrecision.Float16 when activations == ActivationType.Float16 => MatrixPrecision.Float,
        ExportPrecision.BFloat16 when activations == ActivationType.BFloat16 => MatrixPrecision.Float,
        _ => throw new ArgumentException(
            $"Embedding or head in {wanted}: expected int4, int8, gguf or the type of the activations, which is {activations.ToName()}.",
            nameof(wanted)),
    };
}
