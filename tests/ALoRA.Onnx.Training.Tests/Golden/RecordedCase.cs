using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;
using ALoRA.Onnx.Training.Tests.Graphs;

namespace ALoRA.Onnx.Training.Tests.Golden;

/// <summary>
/// A training that a test records itself, over whole sequences and one row at a time where the replay has cached prefixes and batches.
/// </summary>
internal sealed class RecordedCase
{
    private const int Updates = 4;
    private const double HighestRate = 2e-3;
    private static readonly int[] Invocation = [7, 8];

    private RecordedCase(JsonObject config, JsonObject record, Dictionary<string, (int[] Shape, float[] Values)> tensors)
    {
        Config = config;
        Record = record;
        Tensors = tensors;
    }

    public JsonObject Config { get; }

    public JsonObject Record { get; }

    public Dictionary<string, (int[] Shape, float[] Values)> Tensors { get; }

    public static RecordedCase Of(TrainedFolder folder)
    {
        JsonObject config = new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["r"] = 4,
            ["lora_alpha"] = 8,
            ["use_rslora"] = true,
            ["lora_dropout"] = 0.0,
            ["target_modules"] = @".*\.layers\.[01]\.(self_attn\.[qv]_proj|mlp\.down_proj)",
            ["rank_pattern"] = new JsonObject { ["v_proj"] = 2, [@"layers\.1\.mlp\.down_proj"] = 6 },
            ["alpha_pattern"] = new JsonObject { ["down_proj"] = 3 },
            ["alora_invocation_tokens"] = new JsonArray([.. Invocation.Select(id => (JsonNode)id)]),
        };
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["adapter_config.json"], config.ToJsonString());
        TrainingTargets targets = new(ALoRA.Onnx.Export.Adapters.Peft.PeftConfigReader.Read(temporary.Path));
        using TrainingSession session = folder.Open(targets);
        Dictionary<string, (int[] Shape, float[] Values)> tensors = [];
        Keep("initial", tensor => tensor.Values);
        Random random = new(19);
        int[][][] batches = [.. Enumerable.Range(0, Updates + 1).Select(_ => Enumerable.Range(0, 3).Select(_ => Ids(random)).ToArray())];
        AdamW optimizer = new(new AdamWSettings(0.01), [.. session.Tensors.Select(tensor => tensor.Values.Length)]);
        LearningRate rate = new(HighestRate, TrainingSchedule.Linear, 1, Updates);
        JsonArray losses = [];
        JsonArray norms = [];
        for (int step = 0; step < Updates; step++)
        {
            session.ClearGradients();
            TrainingRow[] rows = [.. batches[step].Select(Row)];
            losses.Add(rows.Sum(row => session.Run(new MicroBatch([row], rows.Sum(one => one.LabelCount))).Loss));
            if (step == 0)
            {
                Keep("gradient", tensor => tensor.Gradient);
            }

            float[][] gradients = [.. session.Tensors.Select(tensor => tensor.Gradient)];
            double norm = GradientClip.Norm(gradients);
            norms.Add(norm);
            optimizer.Update(
                [.. session.Tensors.Select(tensor => tensor.Values)], gradients, rate.At(step), GradientClip.Factor(norm, 0.5));
        }

        Keep("final", tensor => tensor.Values);
        TrainingRow[] heldOut = [.. batches[^1].Select(Row)];
        JsonObject record = new()
        {
            ["model"] = "small",
            ["adapter"] = "alora",
            ["optimizer"] = new JsonObject
            {
                ["name"] = "adamw",
                ["betas"] = new JsonArray(0.9, 0.999),
                ["eps"] = 1e-8,
                ["lr"] = HighestRate,
                ["weight_decay"] = 0.01,
                ["max_grad_norm"] = 0.5,
                ["warmup_steps"] = 1,
                ["schedule"] = "linear",
            },
            ["batches"] = new JsonArray([.. batches[..^1].Select(Json)]),
            ["held_out"] = Json(batches[^1]),
            ["losses"] = losses,
            ["gradient_norms"] = norms,
            ["evaluation"] = session.Evaluate(new MicroBatch(heldOut, heldOut.Sum(row => row.LabelCount))).Loss,
        };
        return new RecordedCase(config, record, tensors);

        void Keep(string kind, Func<TrainedTensor, float[]> of)
        {
            foreach (TrainedTensor tensor in session.Tensors)
            {
                tensors[$"{kind}.{tensor.Name}"] = ([.. tensor.Shape], [.. of(tensor)]);
            }
        }
    }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), Config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "training.json"), Record.ToJsonString());
        ALoRA.Onnx.Training.Checkpoints.TensorFile.Write(
            Path.Combine(folder, "training.safetensors"),
            [.. Tensors.Select(pair => (pair.Key, (IReadOnlyList<int>)pair.Value.Shape, pair.Value.Values))]);
    }

    // An invocation that is not the last one, too.
    private static int[] Ids(Random random) =>
    [
        .. Enumerable.Range(0, 3).Select(_ => random.Next(20, 200)), .. Invocation,
        .. Enumerable.Range(0, random.Next(4, 9)).Select(_ => random.Next(20, 200)), .. Invocation,
        .. Enumerable.Range(0, random.Next(4, 7)).Select(_ => random.Next(20, 200)),
    ];

    private static int StartOf(int[] ids) => ids.AsSpan().LastIndexOf(Invocation);

    private static int[] Labels(int[] ids) =>
        [.. ids.Select((id, i) => i >= StartOf(ids) + Invocation.Length ? id : TrainingRow.NoLabel)];

    private static TrainingRow Row(int[] ids) => new(ids, Labels(ids), Prefix: null, StartOf(ids));

    private static JsonArray Json(int[][] rows) => new([.. rows.Select(ids => new JsonObject
    {
        ["ids"] = JsonSerializer.SerializeToNode(ids), ["labels"] = JsonSerializer.SerializeToNode(Labels(ids)),
    })]);
}
