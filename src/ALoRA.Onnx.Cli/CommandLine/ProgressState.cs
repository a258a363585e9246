namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>How far a long command has come.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="Done">How much of this stage is finished.</param>
/// <param name="Total">How much this stage has; 0 when not known.</param>
/// <param name="Unit">What is counted, such as rows; null for bytes.</param>
internal readonly record struct ProgressState(string Stage, long Done, long Total, string? Unit = null)
{
    /// <summary>Whether it is known how much there is to do.</summary>
    public bool IsMeasured => Total > 0;

    /// <summary>An amount of what is counted.</summary>
    public string Amount(double amount) => Unit is null
        ? ByteSize.Format(amount)
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{amount:N0} {Unit}");
}
