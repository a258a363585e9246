using System.Numerics.Tensors;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using Google.Protobuf;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>
/// Quantizes a decoder's projections one after the other on a calibration text. Each is run, already quantized, over the whole text before
/// the next one's inputs are looked at, so that later ones make up for the errors of earlier ones.
/// </summary>
/// <remarks>
/// Memory: the text's activations, 4 bytes · tokens · (hidden size + widest input); three matrices of second moments, 12 bytes · (widest
/// input)²; and what the caller's runtime needs for one projection's float32 weights. The size of the checkpoint does not matter.
/// </remarks>
internal sealed class CalibrationPass(
    DecoderBlueprint blueprint,
    IReadOnlyDictionary<string, CheckpointTensor> tensors,
    ICalibration calibration,
    ProgressMeter meter)
{
    private const string GraphFile = "stage.onnx";
    private const string DataFileName = "stage.data";

    /// <summary>Quantizes all targets.</summary>
    /// <param name="plan">The targets.</param>
    /// <param name="folder">The model folder so far, with the tokenizer's files.</param>
    /// <param name="scratch">An empty folder for files that the caller deletes in the end.</param>
    /// <param name="cancellationToken">Stops between runs.</param>
    /// <returns>The quantized rows, in a file of <paramref name="scratch"/>; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">
    /// The calibration text has no tokens, or ids that the model does not have, or its damping is not above 0.
    /// </exception>
    public QuantizedRows Run(CalibrationPlan plan, string folder, string scratch, CancellationToken cancellationToken)
    {
        if (!(calibration.Damping > 0) || !float.IsFinite(calibration.Damping))
        {
            throw new ArgumentException(
                $"{nameof(ICalibration)}.{nameof(ICalibration.Damping)}: expected a number above 0, got {calibration.Damping}.");
        }

        QuantizedRows rows = new(Path.Combine(scratch, "rows"), plan);
        try
        {
            Quantize(plan, rows, folder, scratch, cancellationToken);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private void Quantize(CalibrationPlan plan, QuantizedRows rows, string folder, string scratch, CancellationToken cancellationToken)
    {
        GraphBuilder builder = new(ActivationType.Float32);
        PrecisionPlan precision = PrecisionPlan.From(new ExportOptions());
        WeightPlanner planner = new(tensors, precision, plan);
        DecoderGraph.Build(new DecoderContext(blueprint, builder, planner, precision, HasAdapterBias: false, GraphKind.Model), []);
        DataLayout.Assign(planner.Plans);
        GraphProto decoder = builder.Build("calibration", DataFileName).Graph;
        string embedded = decoder.Node.First(node => node.Input.Contains(GraphNames.InputIds)).Output[0];
        GraphStages stages = new(decoder, embedded, [.. plan.Targets.Select(target => target.Weight)]);

        List<Dictionary<string, CalibrationTensor>> values = [.. CalibrationTokens.Read(calibration, folder, blueprint)
            .Select(ids => new Dictionary<string, CalibrationTensor>(StringComparer.Ordinal) { [embedded] = Embed(ids) })];
        for (int i = 0; i < stages.Stages.Count; i++)
        {
            GraphStage stage = stages.Stages[i];
            NodeProto[] nodes = [.. stages.FreeNodesFor(stage.Nodes), .. stage.Nodes];
            string path = Write(builder, planner, rows, decoder, stage, nodes, scratch, cancellationToken);
            float[] moments = RunStage(path, stage, values, plan.Targets[i].Columns, cancellationToken);
            new TargetQuantizer(rows, plan.ScaleType, plan.Targets[i], calibration.Damping, meter).Run(moments, cancellationToken);
        }
    }

    // The weights are written with those of the projection that the stage begins with as they were quantized.
    private static string Write(
        GraphBuilder builder, WeightPlanner planner, QuantizedRows rows, GraphProto decoder, GraphStage stage, NodeProto[] nodes,
        string scratch, CancellationToken cancellationToken)
    {
        HashSet<string> used = [.. nodes.SelectMany(node => node.Input)];
        WeightPlan[] plans = [.. planner.Plans.Where(plan => plan.Outputs.Any(output => used.Contains(output.Name)))];
        string data = Path.Combine(scratch, DataFileName);
        File.Delete(data);
        DataFileWriter.Write(data, DataLayout.Assign(plans), plans, rows, _ => { }, cancellationToken);
        TensorProto[] initializers =
            [.. builder.Build("calibration", DataFileName).Graph.Initializer.Where(initializer => used.Contains(initializer.Name))];
        string path = Path.Combine(scratch, GraphFile);
        File.WriteAllBytes(path, StageGraph.Build(decoder, stage, nodes, initializers).ToByteArray());
        return path;
    }

    private float[] RunStage(
        string path, GraphStage stage, List<Dictionary<string, CalibrationTensor>> values, int columns, CancellationToken cancellationToken)
    {
        float[] moments = new float[columns * columns];
        using ICalibrationGraph graph = calibration.Open(path);
        for (int i = 0; i < values.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Dictionary<string, CalibrationTensor> before = values[i];
            IReadOnlyDictionary<string, CalibrationTensor> outputs = graph.Run(
                stage.Inputs.ToDictionary(name => name, name => before[name], StringComparer.Ordinal));
            TensorPrimitives.Add(moments, outputs[StageGraph.SecondMoments].Values.Span, moments);
            values[i] = stage.Kept.ToDictionary(
                name => name, name => outputs.TryGetValue(name, out CalibrationTensor? value) ? value : before[name],
                StringComparer.Ordinal);
        }

        return moments;
    }

    private CalibrationTensor Embed(IReadOnlyList<int> ids)
    {
        CheckpointTensor table = tensors[blueprint.EmbeddingWeight];
        int size = blueprint.HiddenSize;
        float[] rows = new float[ids.Count * size];
        for (int i = 0; i < ids.Count; i++)
        {
            table.ReadRowsAsFloat(ids[i], 1, rows.AsSpan(i * size, size));
        }

        return new CalibrationTensor(rows, [1, ids.Count, size]);
    }
}
