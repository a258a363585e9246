namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Whether something that was checked holds.</summary>
internal enum VerificationOutcome
{
    /// <summary>It holds.</summary>
    Passed,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>It could not be checked, because the adapter was refused; the note says why.</summary>
    Refused,
}
