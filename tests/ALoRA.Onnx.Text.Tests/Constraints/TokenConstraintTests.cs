using System.Text;

namespace ALoRA.Onnx.Text.Tests.Constraints;

[TestClass]
public sealed class TokenConstraintTests
{
    [TestMethod]
    [DataRow("yes", true)]
    [DataRow("yes, but", true)]
    [DataRow("yes, b", false)]
    [DataRow("yess", false)]
    [DataRow("", false)]
    public void Accepts_Choices_AreWholeTexts(string text, bool expected) =>
        Assert.AreEqual(expected, TokenConstraint.FromChoices(["yes", "yes, but"]).Accepts(Encoding.UTF8.GetBytes(text)));

    [TestMethod]
    public void Accepts_LongText_StaysSmallAndRight()
    {
        TokenConstraint constraint = TokenConstraint.FromJsonSchema(
            """{"type": "array", "maxItems": 100000, "items": {"type": "integer"}}""");
        StringBuilder text = new("[0");
        for (int i = 1; i < 100_000; i++)
        {
            text.Append(", ").Append(i);
        }

        Assert.IsTrue(constraint.Accepts(Encoding.UTF8.GetBytes($"{text}]")));
        Assert.IsFalse(constraint.Accepts(Encoding.UTF8.GetBytes($"{text}, 1]")));
    }

    [TestMethod]
    public void FromJsonSchema_OpenObjects_AcceptsWhatIsNotNamed()
    {
        const string Schema = """{"properties": {"a": {"type": "integer"}}}""";

        Assert.IsFalse(TokenConstraint.FromJsonSchema(Schema, new SchemaOptions()).Accepts("{\"b\": 1}"u8));
        Assert.IsTrue(TokenConstraint.FromJsonSchema(Schema, new SchemaOptions { OpenObjects = true }).Accepts("{\"b\": 1}"u8));
        Assert.ThrowsExactly<ArgumentNullException>(() => TokenConstraint.FromJsonSchema(Schema, (SchemaOptions)null!));
    }
}
