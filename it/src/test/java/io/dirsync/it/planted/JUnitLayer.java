package io.dirsync.it.planted;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * One test class; of one that stands under a contract, what the contract says.
 *
 * @param tests of the patched classes
 */
record JUnitLayer(Class<?> tests) implements Layer {
  @Override
  public Verdict run() {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    ClassSelector selected = selectClass(tests);
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selected)
            .filters((PostDiscoveryFilter) this::filter)
            .build();
    LauncherFactory.create().execute(request, listener);
    TestExecutionSummary summary = listener.getSummary();
    if (summary.getTestsFoundCount() == 0) {
      throw new IllegalStateException(tests + " has no tests");
    }
    return new Verdict(summary.getTestsFoundCount(), fault(summary));
  }

  private FilterResult filter(TestDescriptor test) {
    if (!(test.getSource().orElse(null) instanceof MethodSource method)) {
      return FilterResult.included("no test of its own");
    }
    boolean ofContract =
        tests.getSuperclass().equals(Object.class)
            || !method.getJavaMethod().getDeclaringClass().equals(tests);
    return FilterResult.includedIf(ofContract);
  }

  private static String fault(TestExecutionSummary summary) {
    if (summary.getFailures().isEmpty()) {
      return "";
    }
    TestExecutionSummary.Failure first = summary.getFailures().getFirst();
    return first.getTestIdentifier().getDisplayName() + ": " + first.getException();
  }
}
