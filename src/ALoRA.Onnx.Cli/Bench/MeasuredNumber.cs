namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Numbers of measurements, which are all greater than 0: anything else means that nothing was measured.</summary>
internal static class MeasuredNumber
{
    /// <summary>What stands in a table for null.</summary>
    public const string NotMeasured = "not measured";

    /// <summary>
    /// The number, or null if it is not greater than 0, infinite or no number, as when the clock or the memory did not move meanwhile.
    /// </summary>
    public static double? OrNull(double? value) => value > 0 && double.IsFinite(value.Value) ? value : null;
}
