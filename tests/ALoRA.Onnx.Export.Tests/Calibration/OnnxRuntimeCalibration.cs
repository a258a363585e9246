using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Export.Tests.Calibration;

/// <summary>Calibrates on given ids with ONNX Runtime.</summary>
internal sealed class OnnxRuntimeCalibration(params int[][] sequences) : ICalibration
{
    public string Description => "test";

    public float Damping { get; init; } = 0.01f;

    /// <summary>Number of graphs opened.</summary>
    public int Graphs { get; private set; }

    /// <summary>Called before each run.</summary>
    public Action OnRun { get; init; } = () => { };

    public IReadOnlyList<IReadOnlyList<int>> ReadTokens(string folder, int vocabularySize)
    {
        Assert.IsTrue(File.Exists(Path.Combine(folder, "alora_config.json")));
        return sequences;
    }

    public ICalibrationGraph Open(string graphPath)
    {
        Graphs++;
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        return new Graph(new InferenceSession(graphPath, options), OnRun);
    }

    private sealed class Graph(InferenceSession session, Action onRun) : ICalibrationGraph
    {
        public IReadOnlyDictionary<string, CalibrationTensor> Run(IReadOnlyDictionary<string, CalibrationTensor> inputs)
        {
            onRun();
            OrtValue[] values = [.. inputs.Values.Select(input => OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(input.Values), [.. input.Shape]))];
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [.. inputs.Keys], values, session.OutputNames);
            Array.ForEach(values, value => value.Dispose());
            return session.OutputNames.Zip(outputs).ToDictionary(
                output => output.First,
                output => new CalibrationTensor(
                    output.Second.GetTensorDataAsSpan<float>().ToArray(), output.Second.GetTensorTypeAndShape().Shape));
        }

        public void Dispose() => session.Dispose();
    }
}
