using ALoRA.Onnx.Server.Tests.Endpoints;
using Microsoft.Playwright;

namespace ALoRA.Onnx.Server.Tests.Page;

/// <summary>The page in a browser: what people do there, and what they see.</summary>
[TestClass]
public sealed class PageTests
{
    private const string State = """
        {"object": "engine", "model": "m", "version": "1.2.3", "provider": "cpu", "ready": true, "max_rows": 16, "cache_usage": 0.125,
         "running": 2, "waiting": 1, "kept_prompts": 4, "prompt_tokens": 2000, "cached_tokens": 1500, "generated_tokens": 77, "steps": 42,
         "preemptions": 3, "finished": 5, "cancelled": 6, "failed": 7,
         "adapters": [{"name": "certainty", "loaded": true, "running": true}, {"name": "other", "loaded": false, "running": false}],
         "requests": [
           {"id": 8, "adapter": null, "phase": "answer", "prompt_tokens": 100, "cached_tokens": 90, "rows": 104, "generated_tokens": 5},
           {"id": 9, "adapter": "certainty", "phase": "prompt", "prompt_tokens": 99, "cached_tokens": 0, "rows": 64, "generated_tokens": 0},
           {"id": 10, "adapter": "<b>x</b>", "phase": "waiting", "prompt_tokens": 9, "cached_tokens": 0, "rows": 0, "generated_tokens": 0}],
         "last_steps": [{"number": 41, "rows": 1, "prompt_tokens": 64, "cached_tokens": 90, "milliseconds": 3.5},
           {"number": 42, "rows": 2, "prompt_tokens": 0, "cached_tokens": 0, "milliseconds": 1.25}]}
        """;

    [TestMethod]
    public async Task Question_Asked_AnswerComesWithItsCertaintyAndWhatEachStepTook()
    {
        ApiServer server = await ApiServer.DemoAsync();
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address);
        await browser.HasTextAsync("#about", "alora-demo");

        await browser.AskAsync("What is 47 + 38?");

        IPage page = browser.Page;
        Assert.AreEqual("What is 47 + 38?", await page.Locator(".turn.mine .text").InnerTextAsync());
        Assert.AreNotEqual("", await page.Locator(".turn:not(.mine) .text:not(.thoughts)").InnerTextAsync());
        await browser.HasTextAsync("#status", "The answer is complete");
        ILocator answer = page.Locator(".took tbody tr").Nth(0);
        ILocator certainty = page.Locator(".took tbody tr").Nth(1);
        Assert.AreEqual("answer", await answer.Locator("th").InnerTextAsync());
        Assert.AreEqual("certainty", await certainty.Locator("th").InnerTextAsync());
        Assert.MatchesRegex("^[0-9]$", await certainty.Locator(".result").InnerTextAsync());
        Assert.IsGreaterThan(
            await NumberAsync(certainty, 1), await NumberAsync(certainty, 0), "The intrinsic starts on the rows of the answer.");
        Assert.AreEqual("", string.Join('\n', browser.Errors));
        Assert.IsTrue(browser.Requests.All(url => url.StartsWith(server.Address.ToString(), StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Intrinsic_AboutTheQuestion_IsAskedBeforeTheAnswerIsThere()
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address);
        await browser.Page.GetByLabel("Ask jailbreak about").SelectOptionAsync("question");
        await browser.Page.GetByLabel("Ask certainty about", new() { Exact = true }).SelectOptionAsync("");

        await browser.AskAsync("What is 8 + 5?");

        string[] steps = [.. await browser.Page.Locator(".took tbody th").AllInnerTextsAsync()];
        CollectionAssert.AreEquivalent(new[] { "answer", "jailbreak" }, steps);
        Assert.AreEqual("", string.Join('\n', browser.Errors));
    }

    [TestMethod]
    public async Task Texts_WithMarkup_AreText()
    {
        WrittenSource source = new("<img src=x onerror=alert(1)><script>alert(2)</script>&amp;");
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address);

        await browser.AskAsync("<b>bold</b>");

        Assert.AreEqual("<b>bold</b>", await browser.Page.Locator(".turn.mine .text").InnerTextAsync());
        Assert.AreEqual(
            "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;",
            await browser.Page.Locator(".turn:not(.mine) .text:not(.thoughts)").InnerTextAsync());
        Assert.AreEqual(0, await browser.Page.Locator("#log img, #log script, #log b").CountAsync());
    }

    [TestMethod]
    public async Task Escape_WhileAnAnswerComes_StopsItAndKeepsWhatWasSaid()
    {
        TaskCompletionSource reached = new();
        WrittenSource source = new("one two three four five")
        {
            Before = (index, cancellation) =>
            {
                if (index < 3)
                {
                    return Task.CompletedTask;
                }

                reached.TrySetResult();
                return Task.Delay(Timeout.Infinite, cancellation);
            },
        };
        await using ApiServer server = await ApiServer.StartAsync(await DemoModel.FolderAsync(), source: source);
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address);
        await browser.Page.GetByLabel("Your message").FillAsync("Count.");
        await browser.Page.Keyboard.PressAsync("Enter");
        await reached.Task;
        await browser.HasTextAsync(".turn:not(.mine) .text:not(.thoughts)", "on");
        Assert.IsTrue(await browser.Page.Locator("#send").IsDisabledAsync());

        await browser.Page.Keyboard.PressAsync("Escape");

        await browser.HasTextAsync("#status", "Stopped.");
        await browser.Page.Locator("#log[aria-busy=false]").WaitForAsync();
        await browser.HasTextAsync(".turn .error", "Stopped.");
        Assert.IsFalse(await browser.Page.Locator("#send").IsDisabledAsync());
    }

    [TestMethod]
    public async Task Engine_AnyState_IsShown()
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address);
        IPage page = browser.Page;
        await page.RouteAsync("**/v1/engine", route => route.FulfillAsync(new() { ContentType = "application/json", Body = State }));
        await page.ReloadAsync();

        await browser.HasTextAsync("#about", "m · cpu · version 1.2.3");
        await browser.HasTextAsync("#batch-summary", "2 of 16 places taken, 1 waiting, 4 prompts kept in the cache.");
        string[] cells = [.. await page.Locator("#batch tbody tr > *").AllInnerTextsAsync()];
        Assert.AreEqual(
            "8 (base) answers 90 104 5 | 9 certainty reads its prompt 0 64 0 | 10 <b>x</b> waits 0 0 0",
            string.Join(" | ", cells.Chunk(6).Select(row => string.Join(' ', row))));
        await browser.HasTextAsync(
            "#steps-summary", "Step 42: rows of answers 2, tokens of a prompt computed 0, found in the cache 0; 1.25 ms.");
        Assert.AreEqual(6, await page.Locator("#steps rect").CountAsync());
        CollectionAssert.AreEqual(
            new[] { "running", "on disk" }, (await page.Locator("#adapters td:nth-child(2)").AllInnerTextsAsync()).ToArray());
        await browser.HasTextAsync("#figures", "1,500 (75 %)");
        Assert.AreEqual("", string.Join('\n', browser.Errors));
    }

    [TestMethod]
    public async Task Metrics_Opened_AreThoseOfTheServer()
    {
        await using PageBrowser browser = await PageBrowser.OpenAsync((await ApiServer.DemoAsync()).Address);

        await browser.Page.GetByText("All, as Prometheus reads them").ClickAsync();

        await browser.HasTextAsync("#metrics pre", "alora_requests_running");
    }

    [TestMethod]
    public async Task Key_WantedByTheServer_IsAskedForOnceAndStaysInTheTab()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice");
        await using ApiServer server = await ApiServer.StartAsync(
            await DemoModel.FolderAsync(), options => options with { ApiKeyFile = folder["keys"] });
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address);
        IPage page = browser.Page;
        ILocator key = page.GetByLabel("Key", new() { Exact = true });
        await key.FillAsync("mallory");
        await page.Keyboard.PressAsync("Enter");
        await browser.HasTextAsync("#key-error", "does not know the key");
        await key.FillAsync("alice");
        await page.Keyboard.PressAsync("Enter");
        await browser.HasTextAsync("#about", "alora-demo");

        await page.ReloadAsync();

        await browser.HasTextAsync("#about", "alora-demo");
        Assert.IsFalse(await page.Locator("#key-dialog").IsVisibleAsync());
        Assert.AreEqual("alice", await page.EvaluateAsync<string>("sessionStorage.getItem('alora.key')"));
        Assert.AreEqual(0, await page.EvaluateAsync<int>("localStorage.length + document.cookie.length"));
        Assert.IsFalse(browser.Requests.Any(url => url.Contains("alice", StringComparison.Ordinal)));
        await browser.AskAsync("What is 8 + 5?");
        Assert.AreEqual(2, await page.Locator(".took tbody tr").CountAsync());
    }

    [TestMethod]
    public async Task Key_NotGiven_TheFailureIsToldAndTheQuestionComesBack()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["keys"], "alice");
        await using ApiServer server = await ApiServer.StartAsync(
            await DemoModel.FolderAsync(), options => options with { ApiKeyFile = folder["keys"] });
        await using PageBrowser browser = await PageBrowser.OpenAsync(server.Address);
        await browser.Page.Locator("#key-dialog").WaitForAsync();
        await browser.Page.Keyboard.PressAsync("Escape");
        await browser.HasTextAsync("#about", "A key is needed.");

        await browser.Page.GetByLabel("Your message").FillAsync("Hello");
        await browser.Page.Keyboard.PressAsync("Enter");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();

        await browser.HasTextAsync("#status", "This server asks for an API key.");
        Assert.AreEqual("Hello", await browser.Page.GetByLabel("Your message").InputValueAsync());
    }

    private static async Task<int> NumberAsync(ILocator row, int index) => int.Parse(
        (await row.Locator(".number").Nth(index).InnerTextAsync()).Replace(",", "", StringComparison.Ordinal),
        System.Globalization.CultureInfo.InvariantCulture);
}
