using ALoRA.Onnx.Extensions.AI.Tools;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tools;

/// <summary>Formats that real chat templates give away.</summary>
[TestClass]
public sealed class ToolCallFormatsTests
{
    [TestMethod]
    [DataRow("ibm-granite-granite-3.3-2B-Instruct", ToolCallFormat.Granite)]
    [DataRow("ibm-granite-granite-4.0", ToolCallFormat.Hermes)]
    [DataRow("ibm-granite-granite-4.1", ToolCallFormat.Hermes)]
    [DataRow("Qwen-Qwen2.5-7B-Instruct", ToolCallFormat.Hermes)]
    [DataRow("Qwen-Qwen3-0.6B", ToolCallFormat.Hermes)]
    [DataRow("Qwen-QwQ-32B", ToolCallFormat.Hermes)]
    [DataRow("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", ToolCallFormat.Hermes)]
    [DataRow("meta-llama-Llama-3.1-8B-Instruct", ToolCallFormat.Llama)]
    [DataRow("meta-llama-Llama-3.2-3B-Instruct", ToolCallFormat.Llama)]
    [DataRow("npm-llama3_1", ToolCallFormat.None)]
    [DataRow("mistralai-Mistral-Nemo-Instruct-2407", ToolCallFormat.Mistral)]
    [DataRow("Mistral-Small-3.2-24B-Instruct-2506", ToolCallFormat.Mistral)]
    [DataRow("unsloth-mistral-Devstral-Small-2507", ToolCallFormat.Mistral)]
    [DataRow("Qwen3.5-4B", ToolCallFormat.None)]
    [DataRow("GLM-4.6", ToolCallFormat.None)]
    [DataRow("MiniMax-M3", ToolCallFormat.None)]
    [DataRow("meetkai-functionary-medium-v3.1", ToolCallFormat.None)]
    [DataRow("google-gemma-2-2b-it", ToolCallFormat.None)]
    [DataRow("microsoft-Phi-3.5-mini-instruct", ToolCallFormat.None)]
    [DataRow("smollm2", ToolCallFormat.None)]
    [DataRow("demo-small", ToolCallFormat.None)]
    [DataRow("family-hermes", ToolCallFormat.Hermes)]
    [DataRow("family-llama", ToolCallFormat.Llama)]
    [DataRow("family-mistral", ToolCallFormat.Mistral)]
    [DataRow("family-granite", ToolCallFormat.Granite)]
    [DataRow("family-gemma", ToolCallFormat.None)]
    public void Detect_RealTemplate_GivesItsFormat(string template, ToolCallFormat expected) =>
        Assert.AreEqual(expected, ToolCallFormats.Detect(File.ReadAllText(GoldenData.Path("text", "templates", template + ".jinja"))));
}
