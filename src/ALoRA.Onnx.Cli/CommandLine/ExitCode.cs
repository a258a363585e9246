namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What the tool returns to its caller; part of its documented interface.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed for a reason outside the input: disk, memory, a wrong state.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>An input file is missing, malformed or not supported.</summary>
    public const int BadInput = 3;

    /// <summary>A check (<c>verify</c>) ran and did not hold.</summary>
    public const int CheckFailed = 4;

    /// <summary>Cancelled by the user.</summary>
    public const int Cancelled = 130;
}
