using ALoRA.Onnx.Export;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Converts the adapters of a reference folder for an exported model.</summary>
internal static class AdapterVerifier
{
    /// <summary>
    /// Whether the model needs inputs for the adapter's bias; one that cannot be read needs none, and its conversion says why.
    /// </summary>
    public static bool NeedsBias(ReferenceAdapter adapter)
    {
        try
        {
            return PeftAdapter.Read(adapter.Folder).HasLoraBias;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Converts an adapter; null if that worked, otherwise the row that says why it was refused.</summary>
    public static async Task<VerificationRow?> ConvertAsync(
        ReferenceAdapter adapter, string modelFolder, CancellationToken cancellationToken)
    {
        try
        {
            AdapterConversionOptions options = new() { InvocationTokens = InvocationText.Encode(adapter.Folder, modelFolder) };
            await AdapterConverter.ConvertAsync(adapter.Folder, modelFolder, adapter.Name, options, cancellationToken: cancellationToken);
            return null;
        }
        catch (FormatException exception)
        {
            return new VerificationRow("", adapter.Name, "conversion", VerificationOutcome.Refused, Note: exception.Message);
        }
    }

    /// <summary>Tries to convert an adapter that has to be refused.</summary>
    public static async Task<VerificationRow> ExpectRefusalAsync(
        ReferenceAdapter adapter, string modelFolder, CancellationToken cancellationToken)
    {
        VerificationRow? refusal = await ConvertAsync(adapter with { Name = $"bad-{adapter.Name}" }, modelFolder, cancellationToken);
        return refusal is null
            ? new VerificationRow(
                "bad-adapters", adapter.Name, "conversion", VerificationOutcome.Failed, Note: "It was converted, but had to be refused.")
            : refusal with { Subject = "bad-adapters", Adapter = adapter.Name, Outcome = VerificationOutcome.Passed };
    }
}
