using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Tests;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Tests.Graphs;

[TestClass]
public sealed class TrainingSessionTests
{
    [TestMethod]
    [DynamicData(nameof(GoldenData.Models), typeof(GoldenData))]
    public async Task Run_EveryArchitecture_GivesTheSlopeOfTheLoss(string model) =>
        await CheckAsync(GoldenData.Path("models", model), new ExportOptions());

    [TestMethod]
    [DataRow(ExportPrecision.Int4, true, 32)]
    [DataRow(ExportPrecision.Int4, false, 32)]
    [DataRow(ExportPrecision.Int4, false, 64)]
    [DataRow(ExportPrecision.Int4Mixed, false, 16)]
    [DataRow(ExportPrecision.Int8, true, 32)]
    [DataRow(ExportPrecision.Int8, false, 32)]
    [DataRow(ExportPrecision.Int8, false, 64)]
    public async Task Run_WeightsInBlocks_GivesTheSlopeOfTheLoss(ExportPrecision precision, bool symmetric, int blockSize) =>
        await CheckAsync(
        GoldenData.Path("models", "llama"),
        new ExportOptions { Precision = precision, Symmetric = symmetric, BlockSize = blockSize, AccuracyLevel = 1 });

    [TestMethod]
    [DataRow("llama-q4_0")]
    [DataRow("llama-q4_1")]
    [DataRow("llama-q5_0")]
    [DataRow("llama-q5_1")]
    [DataRow("llama-q8_0")]
    [DataRow("llama-wide-iq4_mixed")]
    [DataRow("llama-wide-k_mixed")]
    [DataRow("llama-wide-q2_k")]
    [DataRow("llama-wide-q3_k")]
    [DataRow("llama-wide-q4_k")]
    [DataRow("llama-wide-q5_k")]
    [DataRow("llama-wide-q6_k")]
    public async Task Run_BlocksOfGguf_GivesTheSlopeOfTheLoss(string file) => await CheckAsync(
        GoldenData.Path("gguf", $"{file}.gguf"), new ExportOptions { Precision = ExportPrecision.Gguf, AccuracyLevel = 1 });

    // Settings that the golden checkpoints have not. The sequences have 28 and 15 ids: of a rotation that switches at 20, one of each.
    [TestMethod]
    [DataRow("llama", """{"head_dim":24,"attention_bias":true,"mlp_bias":true,"hidden_act":"gelu"}""")]
    [DataRow("granite", """{"residual_multiplier":0.7,"embedding_multiplier":2.0,"logits_scaling":3.0,"hidden_act":"relu"}""")]
    [DataRow("mistral", """{"sliding_window":5,"head_dim":8}""")]
    [DataRow("qwen3", """{"head_dim":16,"use_sliding_window":true,"sliding_window":4,"max_window_layers":1}""")]
    [DataRow("phi3", """{"sliding_window":7,"rope_parameters":{"rope_type":"default","partial_rotary_factor":0.5}}""")]
    [DataRow(
        "phi3",
        """
        {"original_max_position_embeddings":20,"partial_rotary_factor":0.5,
          "rope_scaling":{"type":"longrope","short_factor":[1.0,1.3,2.0,2.5],"long_factor":[2,2,3,3]}}
        """)]
    [DataRow(
        "phi3",
        """
        {"original_max_position_embeddings":20,
          "rope_scaling":{"type":"su","short_factor":[1.0,1.1,1.3,1.6,2.0,2.5,3.0,4.0],"long_factor":[2,2,2,3,3,3,4,4]}}
        """)]
    [DataRow("gemma2", """{"head_dim":16,"sliding_window":5,"attn_logit_softcapping":1.5,"final_logit_softcapping":3.0}""")]
    [DataRow("gemma3_text", """{"head_dim":16,"sliding_window":5,"sliding_window_pattern":2}""")]
    [DataRow("smollm3", """{"no_rope_layer_interval":2,"use_sliding_window":true,"sliding_window":6,"mlp_bias":true}""")]
    [DataRow("stablelm", """{"qk_layernorm":true,"use_parallel_residual":true,"use_qkv_bias":true}""")]
    [DataRow("stablelm", """{"num_attention_heads":2,"partial_rotary_factor":0.5}""")]
    [DataRow("starcoder2", """{"sliding_window":6}""")]
    [DataRow("starcoder2", """{"use_bias":false,"hidden_act":"gelu"}""")]
    public async Task Run_SettingsOfAnArchitecture_GivesTheSlopeOfTheLoss(string modelType, string settings)
    {
        JsonObject config = new()
        {
            ["model_type"] = modelType,
            ["vocab_size"] = SyntheticCheckpoint.Vocabulary,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 3,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 64,
        };
        foreach ((string key, JsonNode? value) in JsonNode.Parse(settings)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        using TemporaryFolder temporary = new();
        string checkpoint = SyntheticCheckpoint.For(config).Write(temporary["checkpoint"]);
        File.Delete(Path.Combine(checkpoint, "tokenizer.json"));
        await CheckAsync(checkpoint, new ExportOptions(), 3e-5);
    }

    [TestMethod]
    public async Task Run_BiasOfB_GivesTheSlopeOfTheLoss()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", "llama"), new ExportOptions { AdapterBias = true });
        using TrainingSession session = folder.Open(TrainedFolder.Targets(hasBias: true));
        Assert.IsTrue(session.Tensors.Any(tensor => tensor.Name.EndsWith("q_proj.lora_B.bias", StringComparison.Ordinal)));
        CheckSlopes(session, TrainedFolder.Batch(folder.Row(9, 7, 4).Cached, folder.Row(4, 9, 5).Cached));
    }

    [TestMethod]
    public async Task Run_MicroBatches_AddUpToTheBatch()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TrainingSession session = folder.Open();
        TrainingRow[] rows = [folder.Row(9, 7, 4).Cached, folder.Row(0, 6, 3).Cached, folder.Row(14, 10, 6).Cached];
        MicroBatchResult whole = session.Run(TrainedFolder.Batch(rows));
        float[][] expected = Gradients(session);
        session.ClearGradients();
        int labels = rows.Sum(row => row.LabelCount);
        MicroBatchResult[] parts = [.. rows.Select(row => session.Run(new MicroBatch([row], labels)))];

        Assert.AreEqual(whole.Loss, parts.Sum(part => part.Loss), 1e-5);
        Assert.AreEqual(labels, whole.Labels);
        Assert.AreEqual(whole.CorrectLabels, parts.Sum(part => part.CorrectLabels));
        Assert.AreEqual(whole.ExactRows, parts.Sum(part => part.ExactRows));
        AssertNear(expected, session, 1e-5);
    }

    [TestMethod]
    public async Task Run_Twice_GivesTheSameBits()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        TrainingSessionOptions options = new() { Dropout = 0.3, Seed = 5 };
        MicroBatch batch = TrainedFolder.Batch(folder.Row(9, 7, 4).Cached, folder.Row(3, 9, 5).Cached);
        float[][][] runs = new float[2][][];
        for (int i = 0; i < runs.Length; i++)
        {
            using TrainingSession session = folder.Open(options: options);
            session.Run(batch);
            session.Run(batch);
            runs[i] = Gradients(session);
        }

        for (int i = 0; i < runs[0].Length; i++)
        {
            CollectionAssert.AreEqual(runs[0][i], runs[1][i]);
        }
    }

    [TestMethod]
    [DataRow(ExportPrecision.Float32, false, 32)]
    [DataRow(ExportPrecision.Int4, true, 32)]
    [DataRow(ExportPrecision.Int4, false, 32)]
    [DataRow(ExportPrecision.Int4, false, 64)]
    [DataRow(ExportPrecision.Int8, false, 32)]
    public async Task Open_OverTheBase_ReadsItsWeightsAndGivesTheSameBits(ExportPrecision precision, bool symmetric, int blockSize)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", "llama"),
            new ExportOptions { Precision = precision, Symmetric = symmetric, BlockSize = blockSize });
        MicroBatch batch = TrainedFolder.Batch(folder.Row(9, 7, 4).Cached, folder.Row(3, 9, 5).Cached);
        using TrainingSession own = folder.Open();
        using TrainingSession shared = folder.Open(options: new TrainingSessionOptions { Base = folder.Model.Loaded.Session });

        Assert.IsFalse(own.SharesWeights);
        Assert.IsTrue(shared.SharesWeights);
        MicroBatchResult result = shared.Run(batch);
        Assert.AreEqual(own.Run(batch), result);
        float[][] expected = Gradients(own);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], shared.Tensors[i].Gradient);
        }

        // Blocks that are not packed are multiplied by other kernels, which do not round what they multiply.
        Assert.AreEqual(result.Loss, shared.Evaluate(batch).Loss, 1e-5, "An evaluation computes as the training does.");
    }

    // Of 10 rows at a time no matrix here is a multiple; all of them at once is the other way.
    [TestMethod]
    [DataRow(ExportPrecision.Int4, true, 32, 10)]
    [DataRow(ExportPrecision.Int4, false, 32, 10)]
    [DataRow(ExportPrecision.Int4, false, 64, 8_192)]
    [DataRow(ExportPrecision.Int8, true, 32, 8_192)]
    [DataRow(ExportPrecision.Int8, false, 64, 10)]
    public async Task Run_MatricesDecodedByOurOwnOperator_GivesTheGradientsOfThePlainGraph(
        ExportPrecision precision, bool symmetric, int blockSize, int rows)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", "llama"),
            new ExportOptions { Precision = precision, Symmetric = symmetric, BlockSize = blockSize });
        MicroBatch batch = TrainedFolder.Batch(folder.Row(9, 7, 4).Cached, folder.Row(3, 9, 5).Cached);
        using TrainingSession plain = folder.Open(options: new TrainingSessionOptions { DecodedRows = null });
        using TrainingSession own = folder.Open(
            options: new TrainingSessionOptions { DecodedRows = rows, Base = folder.Model.Loaded.Session });

        Assert.AreEqual(plain.Run(batch), own.Run(batch));
        AssertNear(Gradients(plain), own, 1e-5);
    }

    [TestMethod]
    public async Task Run_Dropout_DiffersFromRunToRunAndIsOffInAnEvaluation()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        MicroBatch batch = TrainedFolder.Batch(folder.Row(9, 7, 4).Cached);
        using TrainingSession plain = folder.Open();
        using TrainingSession dropping = folder.Open(options: new TrainingSessionOptions { Dropout = 0.5, Seed = 5 });
        double expected = plain.Evaluate(batch).Loss;

        Assert.AreEqual(expected, dropping.Evaluate(batch).Loss);
        double[] losses = [.. Enumerable.Range(0, 3).Select(_ => dropping.Run(batch).Loss)];
        Assert.AreEqual(4, losses.Append(expected).Distinct().Count());
        dropping.Runs = 1;
        Assert.AreEqual(losses[1], dropping.Run(batch).Loss);
    }

    [TestMethod]
    public async Task Run_ModulesAndLayersThatAreNotTargeted_HaveNoTensors()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        TrainingTargets targets = TrainedFolder.Targets(new ModuleNames(["q_proj", "v_proj", "up_proj"], null));
        targets = targets with { Config = targets.Config with { Layers = new HashSet<int> { 1 } } };
        using TrainingSession session = folder.Open(targets);
        CollectionAssert.AreEqual(
            new[]
            {
                "self_attn.q_proj.lora_A 4x64", "self_attn.q_proj.lora_B 64x4", "self_attn.v_proj.lora_A 2x64",
                "self_attn.v_proj.lora_B 32x2", "mlp.up_proj.lora_A 7x64", "mlp.up_proj.lora_B 128x7",
            },
            session.Tensors.Select(
                tensor => tensor.Name["base_model.model.model.layers.1.".Length..].Replace(".weight", "", StringComparison.Ordinal)
                + $" {string.Join('x', tensor.Shape)}").ToArray());
        CheckSlopes(session, TrainedFolder.Batch(folder.Row(5, 7, 4).Cached));
    }

    [TestMethod]
    public async Task Run_PlainLora_EqualsASessionWithPrefixesOfNone()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        MicroBatch batch = TrainedFolder.Batch(folder.Row(0, 12, 4).Whole, folder.Row(0, 7, 3).Whole);
        using TrainingSession with = folder.Open();
        using TrainingSession without = folder.Open(options: new TrainingSessionOptions { HasPrefixes = false });

        Assert.AreEqual(with.Run(batch).Loss, without.Run(batch).Loss, 1e-5);
        AssertNear(Gradients(with), without, 1e-5);
    }

    [TestMethod]
    public async Task Run_RowsWithoutLabels_GivesNothing()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TrainingSession session = folder.Open();
        TrainingRow row = new(new[] { 1, 2, 3 }, new[] { 1, TrainingRow.NoLabel, TrainingRow.NoLabel });

        Assert.AreEqual(default, session.Run(new MicroBatch([row], 4)));
        Assert.IsTrue(session.Tensors.All(tensor => tensor.Gradient.All(value => value == 0)));
    }

    [TestMethod]
    public async Task Run_RowThatDoesNotFit_IsRefusedByName()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TrainingSession session = folder.Open(options: new TrainingSessionOptions { HasPrefixes = false });
        TrainingRow good = folder.Row(0, 4, 2).Whole;

        Refused("got no ids", new TrainingRow(default, default));
        Refused("got 1 labels for 2 ids", new TrainingRow(new[] { 1, 2 }, new[] { 1 }));
        Refused("got the id 256", new TrainingRow(new[] { 1, 256 }, new[] { 1, 1 }));
        Refused("got the label -7", new TrainingRow(new[] { 1, 2 }, new[] { 1, -7 }));
        Refused("got a prefix", folder.Row(3, 4, 2).Cached);

        void Refused(string expected, TrainingRow row)
        {
            string message = Assert.ThrowsExactly<ArgumentException>(() => session.Run(new MicroBatch([good, row], 1))).Message;
            StringAssert.Contains(message, "Row 1 of a micro-batch: expected ids and labels below 256");
            StringAssert.Contains(message, expected);
        }
    }

    [TestMethod]
    public async Task Open_ModelIn16Bits_IsRefusedByName()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(
            GoldenData.Path("models", "llama"), new ExportOptions { Precision = ExportPrecision.Float16 });
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => folder.Open());
        StringAssert.Contains(refused.Message, "computes in float16; training takes float32");
    }

    // Cached prefixes of several lengths against whole sequences, and the gradient against the loss.
    private static async Task CheckAsync(string checkpoint, ExportOptions options, double tolerance = 1e-5)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(checkpoint, options);
        using TrainingSession session = folder.Open();
        (TrainingRow Whole, TrainingRow Cached)[] rows = [folder.Row(21, 7, 4), folder.Row(4, 11, 6)];
        MicroBatchResult cached = session.Run(TrainedFolder.Batch([.. rows.Select(row => row.Cached)]));
        float[][] gradients = Gradients(session);
        session.ClearGradients();
        MicroBatchResult whole = session.Run(TrainedFolder.Batch([.. rows.Select(row => row.Whole)]));

        Assert.AreEqual(whole.Loss, cached.Loss, 1e-5 * whole.Loss);

        // The prefix is decoded by other kernels than the suffix where weights are blocks.
        AssertNear(gradients, session, options.Precision == ExportPrecision.Float32 ? tolerance : 5e-5);
        session.ClearGradients();
        CheckSlopes(session, TrainedFolder.Batch([.. rows.Select(row => row.Cached)]));
    }

    private static void CheckSlopes(TrainingSession session, MicroBatch batch)
    {
        const float Step = 0.02f;
        session.Run(batch);
        foreach (TrainedTensor tensor in session.Tensors)
        {
            float[] at = [.. tensor.Values];
            double norm = Math.Sqrt(tensor.Gradient.Sum(value => (double)value * value));
            double Loss(double step)
            {
                for (int i = 0; i < at.Length; i++)
                {
                    tensor.Values[i] = (float)(at[i] + (step * tensor.Gradient[i] / norm));
                }

                return session.Evaluate(batch).Loss;
            }

            double slope = ((8 * (Loss(Step) - Loss(-Step))) - (Loss(2 * Step) - Loss(-2 * Step))) / (12 * Step);
            at.CopyTo(tensor.Values.AsSpan());
            Assert.AreEqual(norm, slope, (5e-3 * norm) + 1e-4, tensor.Name);
        }
    }

    private static float[][] Gradients(TrainingSession session) => [.. session.Tensors.Select(tensor => tensor.Gradient.ToArray())];

    private static void AssertNear(float[][] expected, TrainingSession session, double tolerance)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = expected[i].Zip(session.Tensors[i].Gradient, (a, b) => Math.Pow((double)a - b, 2)).Sum();
            double norm = expected[i].Sum(value => (double)value * value);
            Assert.IsLessThan(tolerance, Math.Sqrt(difference / norm), session.Tensors[i].Name);
        }
    }
}
