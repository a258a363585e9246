namespace ALoRA.Onnx.Export;

/// <summary>An opened graph of <see cref="ICalibration"/>.</summary>
public interface ICalibrationGraph : IDisposable
{
    /// <summary>Runs the graph.</summary>
    /// <param name="inputs">All of its inputs, float32.</param>
    /// <returns>All of its outputs, float32, by name.</returns>
    IReadOnlyDictionary<string, CalibrationTensor> Run(IReadOnlyDictionary<string, CalibrationTensor> inputs);
}
