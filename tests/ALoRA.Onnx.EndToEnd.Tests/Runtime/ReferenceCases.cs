using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Cases and reference logits in the layout of the shared models.</summary>
internal sealed class ReferenceCases : IDisposable
{
    private readonly SafetensorsFile _logits;
    private readonly JsonDocument _cases;

    public ReferenceCases(string folder)
    {
        _logits = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));
        _cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
    }

    public IEnumerable<ReferenceCase> All =>
        _cases.RootElement.GetProperty("cases").EnumerateArray().Select(element => new ReferenceCase(element, _logits));

    public void Dispose()
    {
        _logits.Dispose();
        _cases.Dispose();
    }
}
