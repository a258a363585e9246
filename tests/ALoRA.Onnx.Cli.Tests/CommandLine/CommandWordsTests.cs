using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class CommandWordsTests
{
    [TestMethod]
    [DataRow(
        "IntraOpThreads ('0') must be greater than or equal to '1'. (Parameter 'IntraOpThreads')\nActual value was 0.",
        "--threads must be at least 1; got 0.")]
    [DataRow(
        "LearningRate: expected greater than 0. (Parameter 'LearningRate')\nActual value was -1.",
        "--lr: expected greater than 0. Got -1.")]
    [DataRow(
        "ONNX Runtime has no foo. Name its library with ExecutionProvider.LibraryPath.",
        "ONNX Runtime has no foo. Name its library with --provider-library.")]
    [DataRow(
        "x exists and is not empty. Choose another folder or allow overwriting.",
        "x exists and is not empty. Choose another folder, or give --force, which replaces it.")]
    [DataRow(
        "Malformed JSON: 'x' is an invalid start of a value. Path: $.a | LineNumber: 0 | BytePositionInLine: 5.",
        "Malformed JSON: 'x' is an invalid start of a value. It is at line 1, byte 6.")]
    [DataRow(
        "f: The requested operation requires an element of type 'String', but the target element has type 'Number'.",
        "f: expected a text, got a number.")]
    [DataRow("Layers: the model 'm' has 8 layers, 0 to 7, got 99.", "--layers: the model 'm' has 8 layers, 0 to 7, got 99.")]
    [DataRow(
        "the options: 'target_modules' (q_prj) selects none of the modules that 'm' adapts, such as 'model.layers.0.self_attn.q_proj'. "
        + "Convert the adapter for the base that it was trained on.",
        "--targets (q_prj) selects none of the modules that 'm' adapts, such as 'model.layers.0.self_attn.q_proj'. "
        + "Name modules that it adapts.")]
    [DataRow("Could not find file '/nowhere/x.jsonl'.", "/nowhere/x.jsonl does not exist. Check the path.")]
    [DataRow("[ErrorCode:InvalidArgument] no", "no")]
    [DataRow("Nothing to change: model.onnx", "Nothing to change: model.onnx")]
    public void Of_MessageOfALibrary_SpeaksOfFlags(string message, string expected) => Assert.AreEqual(expected, CommandWords.Of(message));
}
