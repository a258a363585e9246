using System.Text.Json;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Golden;

/// <summary>A training as PEFT recorded it.</summary>
internal sealed record RecordedTraining
{
    public const string TensorsFile = "training.safetensors";

    private const int LargestId = int.MaxValue - 1;

    public required string Folder { get; init; }

    public required string Model { get; init; }

    public required PeftAdapterConfig Config { get; init; }

    public required AdapterKind Kind { get; init; }

    public required AdamWSettings Optimizer { get; init; }

    public required LearningRate Rate { get; init; }

    /// <summary>Norm to which gradients were clipped; null for none.</summary>
    public required double? ClipNorm { get; init; }

    public required IReadOnlyList<IReadOnlyList<RecordedRow>> Batches { get; init; }

    public required IReadOnlyList<RecordedRow> HeldOut { get; init; }

    /// <summary>Loss of each batch before its update.</summary>
    public required IReadOnlyList<double> Losses { get; init; }

    /// <summary>Norm of each batch's gradients before clipping.</summary>
    public required IReadOnlyList<double> GradientNorms { get; init; }

    /// <summary>Loss of the held-out rows after the last update.</summary>
    public required double Evaluation { get; init; }

    public string RecordPath => Path.Combine(Folder, TrainingReplay.RecordFile);

    public string TensorsPath => Path.Combine(Folder, TensorsFile);

    /// <exception cref="FormatException">A file is missing or malformed; the message names file and key.</exception>
    public static RecordedTraining Read(string folder)
    {
        PeftAdapterConfig config = PeftConfigReader.Read(folder);
        CheckDropout(config.FilePath);
        string path = Path.Combine(folder, TrainingReplay.RecordFile);
        using JsonDocument document = RecordReader.Open(path);
        RecordReader root = new(path, "", document.RootElement);
        RecordReader optimizer = root["optimizer"];
        IReadOnlyList<RecordReader> batches = root["batches"].List();
        IReadOnlyList<double> betas = [.. optimizer["betas"].List(2).Select(beta => beta.Number(0, 1))];
        if (optimizer["name"].Text() != "adamw")
        {
            throw optimizer["name"].Error("\"adamw\"");
        }

        return new RecordedTraining
        {
            Folder = folder,
            Model = root["model"].Text(),
            Config = config,
            Kind = ReadKind(root["adapter"], config),
            Optimizer = new AdamWSettings(
                optimizer["weight_decay"].Number(0), betas[0], betas[1], optimizer["eps"].Number(0)),
            Rate = new LearningRate(
                optimizer["lr"].Number(0), ReadSchedule(optimizer["schedule"]),
                (int)optimizer["warmup_steps"].Number(0, int.MaxValue), batches.Count),
            ClipNorm = optimizer["max_grad_norm"].OptionalNumber(0),
            Batches = [.. batches.Select(batch => ReadRows(batch.List()))],
            HeldOut = ReadRows(root["held_out"].List()),
            Losses = [.. root["losses"].List(batches.Count).Select(loss => loss.Number())],
            GradientNorms = [.. root["gradient_norms"].List(batches.Count).Select(norm => norm.Number(0))],
            Evaluation = root["evaluation"].Number(),
        };
    }

    private static AdapterKind ReadKind(RecordReader adapter, PeftAdapterConfig config)
    {
        AdapterKind? kind = adapter.Text() switch { "alora" => AdapterKind.Alora, "lora" => AdapterKind.Lora, _ => null };
        return kind is { } known && (known == AdapterKind.Alora) == (config.InvocationTokens.Count > 0)
            ? known
            : throw adapter.Error(
                $"\"{(config.InvocationTokens.Count > 0 ? "alora" : "lora")}\", as {PeftAdapterConfig.FileName} has "
                + $"{config.InvocationTokens.Count} alora_invocation_tokens");
    }

    private static TrainingSchedule ReadSchedule(RecordReader schedule) => schedule.Text() switch
    {
        "constant" => TrainingSchedule.Constant,
        "linear" => TrainingSchedule.Linear,
        "cosine" => TrainingSchedule.Cosine,
        _ => throw schedule.Error("\"constant\", \"linear\" or \"cosine\""),
    };

    private static RecordedRow[] ReadRows(IReadOnlyList<RecordReader> rows) => [.. rows.Select(row =>
    {
        int[] ids = row["ids"].Integers(0, LargestId);
        int[] labels = row["labels"].Integers(0, LargestId, Graphs.TrainingRow.NoLabel);
        return ids.Length < 2 ? throw row["ids"].Error("at least two ids")
            : labels.Length != ids.Length ? throw row["labels"].Error($"{ids.Length} labels, one for each id")
            : new RecordedRow(ids, labels);
    })];

    // What was left out at random cannot be left out again.
    private static void CheckDropout(string path)
    {
        using JsonDocument document = RecordReader.Open(path);
        if (document.RootElement.TryGetProperty("lora_dropout", out JsonElement value))
        {
            RecordReader dropout = new(path, "lora_dropout", value);
            if (dropout.Number(0, 1) != 0)
            {
                throw dropout.Error("0, as dropout cannot be replayed");
            }
        }
    }
}

/// <summary>A recorded sequence.</summary>
internal sealed record RecordedRow(int[] Ids, int[] Labels);
