import OrderManagement

/// Jobs that were given up, and the button that has one tried again.
extension Console {
    var jobForms: [Endpoint] {
        [
            form("/console/jobs/{id}/retries") { visit, form in
                let id = try visit.request.id(JobID.self)
                _ = try await waybill.perform(RetryJob(job: id), as: visit.principal, key: key(visit, form))
                return Outcome(sentence: "The job is tried again.", address: Self.home)
            }
        ]
    }
}

extension HomePage.BuriedJob {
    init(_ job: Job, _ reading: HomeReading, _ clock: WallClock, formKey: String) {
        let order = job.order.flatMap { reading.orders[$0] }
        self.init(
            kind: Pill(status: job.kind.rawValue).text,
            about: order.map { PageLink(label: $0.number, address: Console.address(of: $0.id)) },
            attempts: MoneyText.of(job.attempts), lastError: job.lastError ?? "", since: clock.time(job.createdAt),
            action: OrderActions.retry(job.id, formKey: formKey, back: Console.home))
    }
}
